/** Origins say the same each time. */
let lastValue = '';
let lastMs = Infinity;

/** Taken off the time that an origin keeps idle connections open, for its closing to arrive. */
const marginMs = 1_000;

/**
 * For how long a connection can be kept idle by what its origin says in Keep-Alive (RFC 2068
 * section 19.7.1, as Node, Apache and nginx send it), milliseconds; infinity when it says nothing.
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
