import { quantileMs } from './latency-bins.ts';

/**
 * Answered requests of a member within a proxy's window, by the bins of latency-bins.ts: the first bin
 * that has some, then the counts of that bin and of those after it. Empty: no request was answered.
 */
export type LatencyRun = readonly number[];

/** Latency of a member's answers over all proxies, milliseconds. */
export interface MemberLatency {
  /** Requests that it is from. */
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Report of a proxy, as far as latencies need it. Absent in reports of older proxies. */
export interface LatencyReport {
  readonly memberLatencies?: Readonly<Record<string, LatencyRun>> | undefined;
}

/** Returns the run of a histogram, without the empty bins around it. */
export function latencyRun(counts: ArrayLike<number>): LatencyRun {
  const all = Array.from(counts);
  const first = all.findIndex((count) => count > 0);
  if (first === -1) return [];
  return [first, ...all.slice(first, all.findLastIndex((count) => count > 0) + 1)];
}

/** Adds up a member's latencies of several proxies; undefined if nobody reports any. */
export function memberLatency(
  reports: readonly LatencyReport[],
  memberId: string,
): MemberLatency | undefined {
  const bins = new Map<number, number>();
  for (const { memberLatencies } of reports) {
    const [first = 0, ...counts] = memberLatencies?.[memberId] ?? [];
    for (const [index, count] of counts.entries()) {
      if (count > 0) bins.set(first + index, (bins.get(first + index) ?? 0) + count);
    }
  }
  const [p50Ms, p95Ms] = [quantileMs(bins, 0.5), quantileMs(bins, 0.95)];
  if (p50Ms === undefined || p95Ms === undefined) return undefined;
  const requests = [...bins.values()].reduce((sum, count) => sum + count, 0);
  return { requests, p50Ms, p95Ms };
}
