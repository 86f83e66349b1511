import { silentProxies, type KnownProxy } from './known-proxy.ts';

/** Time after a start of Redis in which live proxies report again, seconds. */
export const reportsAgainSeconds = 5;

/** Redis and its proxies, as a writer finds them. */
export interface AfterRestart {
  /** Whole seconds since Redis started. */
  readonly uptimeSeconds: number;
  /** True if Redis keeps its data on a disk. */
  readonly keepsData: boolean;
  /** Time by the clock of Redis' host, read after the uptime; milliseconds since the epoch. */
  readonly nowMs: number;
  /** True if Redis holds a release document. */
  readonly hasDocument: boolean;
  readonly known: readonly KnownProxy[];
}

/**
 * Seconds for which nobody may trust the release document, because Redis started just now and may have
 * lost the newest one: proxies that it knows have not reported since, or it holds no document although
 * it keeps its data. 0 if the document can be trusted.
 */
export function untrustedSeconds(redis: AfterRestart): number {
  const { uptimeSeconds, keepsData, nowMs, hasDocument, known } = redis;
  // A clock that was set back says nothing of the start.
  if (uptimeSeconds < 0 || uptimeSeconds >= reportsAgainSeconds) return 0;
  // Start and uptime are whole seconds: a report of that second may be older than the start, unless
  // it is its proxy's first one.
  const startMs = (Math.floor(nowMs / 1_000) - uptimeSeconds) * 1_000;
  // One of the future is from before the clock was set back.
  const back = known.filter(
    ({ firstReportMs, lastReportMs }) =>
      lastReportMs <= nowMs && (firstReportMs >= startMs || lastReportMs >= startMs + 1_000),
  );
  const silent = silentProxies(
    known,
    back.map(({ id }) => id),
  );
  const mayBeLost = silent.length > 0 || (!hasDocument && keepsData);
  return mayBeLost ? reportsAgainSeconds - uptimeSeconds : 0;
}
