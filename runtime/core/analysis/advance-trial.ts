import { trafficBucketMs, trafficTtlSeconds, excluded } from '../../contract/traffic-fields.ts';
import type { ReleaseDocument } from '../release/release-document.ts';
import { quantileMs } from './latency-bins.ts';
import { addToStatistics, type TrialStatistics } from './trial-statistics.ts';
import { noCounts, sumCounts, type TrafficBucket } from './traffic-counts.ts';
import { bucketOf, nextTrial, type Trial } from './trial.ts';

/** Length of the stable traffic before a trial that defines what is slow, milliseconds. */
const baselineMs = 600_000;
/** Fewest stable requests that define what is slow. */
const baselineRequests = 100;
/** Age from which a bucket is settled, milliseconds; counts that arrive later are ignored. */
const settleMs = 600_000;

export interface TrialSettings {
  /** A request that takes no longer is never slow, milliseconds. Default 50. */
  readonly neverSlowMs: number;
}

export interface TrialInputs {
  readonly previous: Trial | undefined;
  readonly document: ReleaseDocument;
  /** Traffic from {@link trafficFromMs} up to now, oldest first. */
  readonly buckets: readonly TrafficBucket[];
  readonly settings: TrialSettings;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface TrialProgress {
  /** The running trial, else the last one; undefined if there was none. */
  readonly trial: Trial | undefined;
  /** Statistics of the whole trial, the running bucket included; undefined while none is running. */
  readonly statistics: TrialStatistics | undefined;
}

/** Advances the trial to the document and the traffic of now, and gives its statistics. */
export function advanceTrial({
  previous,
  document,
  buckets,
  settings,
  nowMs,
}: TrialInputs): TrialProgress {
  const current = nextTrial(previous, document, nowMs);
  if (current?.endedAt !== null) return { trial: current, statistics: undefined };
  const trial = withSettled(withBaseline(current, buckets, settings, nowMs), buckets, nowMs);
  const unsettled = unsettledBuckets(trial, buckets);
  return { trial, statistics: addToStatistics(trial.settled, unsettled, slowAbove(trial)) };
}

/** Start of the traffic that {@link advanceTrial} needs, milliseconds since the epoch. */
export function trafficFromMs(trial: Trial | undefined, nowMs: number): number {
  const forNextTrial = nowMs - baselineMs;
  if (trial?.endedAt !== null) return forNextTrial;
  const forThisTrial =
    trial.slowAboveMs === null ? trial.startedAt - baselineMs : trial.settledToMs;
  return Math.max(Math.min(forThisTrial, forNextTrial), nowMs - trafficTtlSeconds * 1_000);
}

/**
 * Freezes what is slow as soon as enough requests are known: the stable p95 before the trial, else
 * the stable p95 at its beginning. In the second case only later requests are compared with it.
 */
function withBaseline(
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

/**
 * Adds buckets that are older than ten minutes to the trial itself. So a trial of several days
 * costs no more than a short one, and keeps its first buckets after they have expired in Redis. A
 * moving window would restart the test again and again, and every restart is another chance to
 * eject a healthy canary.
 */
function withSettled(trial: Trial, buckets: readonly TrafficBucket[], nowMs: number): Trial {
  const settledToMs = bucketOf(nowMs - settleMs);
  if (settledToMs <= trial.settledToMs) return trial;
  const old = unsettledBuckets(trial, buckets).filter(({ startMs }) => startMs < settledToMs);
  return { ...trial, settledToMs, settled: addToStatistics(trial.settled, old, slowAbove(trial)) };
}

function slowAbove({ slowAboveMs }: Trial): number | undefined {
  return slowAboveMs ?? undefined;
}

/**
 * Buckets of the trial that are not settled yet, without latencies until it is known what is slow.
 * Only requests that the random split gave to one of two tracks count: a tester or a retry is not
 * random, and at weight 0 there is no canary to compare with.
 */
function unsettledBuckets(trial: Trial, buckets: readonly TrafficBucket[]): TrafficBucket[] {
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
