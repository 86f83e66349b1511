import { trafficBucketMs, trafficTtlSeconds, excluded } from '../../contract/traffic-fields.ts';
import { quantileMs } from './latency-bins.ts';
import { addToStatistics, type TrialStatistics } from './trial-statistics.ts';
import { noCounts, sumCounts, type TrafficBucket } from './traffic-counts.ts';
import { bucketOf, type Trial } from './trial.ts';

/** How far before a trial the stable one's latency is looked up, milliseconds. */
const baselineMs = 600_000;
const baselineRequests = 100;

export interface TrialSettings {
  /** A request that takes no longer is never slow, milliseconds. Default 50. */
  readonly neverSlowMs: number;
}

/**
 * Freezes what is slow as soon as enough is known: the stable p95 before the trial, else the one
 * of its beginning, in which case only later requests are judged by it.
 * @param buckets - from {@link trafficFromMs} up to now.
 */
export function withBaseline(
  trial: Trial,
  buckets: readonly TrafficBucket[],
  { neverSlowMs }: TrialSettings,
  nowMs: number,
): Trial {
  if (trial.slowAboveMs !== null) return trial;
  const before = stableP95(buckets.filter(({ startMs }) => startMs < trial.firstBucketMs));
  if (before !== undefined) return { ...trial, slowAboveMs: Math.max(before, neverSlowMs) };
  const since = stableP95(buckets);
  if (since === undefined) return trial;
  const slowFromMs = Math.ceil(nowMs / trafficBucketMs) * trafficBucketMs;
  return { ...trial, slowAboveMs: Math.max(since, neverSlowMs), slowFromMs };
}

/** What is handed in later than this after a bucket began does not count, milliseconds. */
const settleMs = 600_000;

/**
 * Takes what is older than ten minutes into the trial itself. So a trial that lasts for days costs
 * no more than a short one, and loses nothing when its first buckets leave Redis: evidence over a
 * window that moves along would begin anew all the time, and each time might blame a healthy canary.
 */
export function withSettled(trial: Trial, buckets: readonly TrafficBucket[], nowMs: number): Trial {
  const settledToMs = bucketOf(nowMs - settleMs);
  if (settledToMs <= trial.settledToMs) return trial;
  const old = trialBuckets(trial, buckets).filter(({ startMs }) => startMs < settledToMs);
  return { ...trial, settledToMs, settled: addToStatistics(trial.settled, old, slowAbove(trial)) };
}

/** What all of a trial has come to by now. */
export function trialStatistics(trial: Trial, buckets: readonly TrafficBucket[]): TrialStatistics {
  return addToStatistics(trial.settled, trialBuckets(trial, buckets), slowAbove(trial));
}

/** From where on traffic is needed: to judge this trial, and to know the stable one for another. */
export function trafficFromMs(trial: Trial | undefined, nowMs: number): number {
  const forAnother = nowMs - baselineMs;
  if (trial?.endedAt !== null) return forAnother;
  const forThis = trial.slowAboveMs === null ? trial.startedAt - baselineMs : trial.settledToMs;
  return Math.max(Math.min(forThis, forAnother), nowMs - trafficTtlSeconds * 1_000);
}

function slowAbove({ slowAboveMs }: Trial): number | undefined {
  return slowAboveMs ?? undefined;
}

/**
 * What counts in a trial and is not settled: its own buckets, with latencies only from where slow
 * is defined, and of them the requests that chance gave to one of two tracks. A tester or a retry
 * does not choose by chance, and while no canary could be had there was nothing to compare with.
 */
function trialBuckets(trial: Trial, buckets: readonly TrafficBucket[]): TrafficBucket[] {
  return buckets
    .filter(({ startMs }) => startMs >= trial.settledToMs)
    .filter(({ weight }) => weight !== excluded && weight > 0)
    .map((bucket) => (bucket.startMs >= trial.slowFromMs ? bucket : untimed(bucket)));
}

function untimed({ stable, canary, ...bucket }: TrafficBucket): TrafficBucket {
  const { latency } = noCounts;
  return { ...bucket, stable: { ...stable, latency }, canary: { ...canary, latency } };
}

function stableP95(buckets: readonly TrafficBucket[]): number | undefined {
  const { requests, latency } = sumCounts(buckets.map(({ stable }) => stable));
  return requests < baselineRequests ? undefined : quantileMs(latency, 0.95);
}
