/** Last value, because upstreams send the same one each time. */
let lastValue = '';
let lastMs = Infinity;

/** Milliseconds before an upstream closes an idle connection, so that the two do not cross. */
const marginMs = 1_000;

/**
 * Milliseconds for which a connection can be kept idle according to its upstream's Keep-Alive field
 * (RFC 2068 section 19.7.1, as Node, Apache and nginx send it); infinity if it gives no timeout.
 */
export function keepAliveHintMs(value: string): number {
  if (value !== lastValue) {
    lastValue = value;
    const seconds = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,9})/i.exec(value)?.[1];
    const timeoutMs = seconds === undefined ? Infinity : Number(seconds) * 1000;
    lastMs = Math.max(timeoutMs - marginMs, timeoutMs / 2);
  }
  return lastMs;
}
