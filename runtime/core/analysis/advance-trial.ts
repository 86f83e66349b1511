import { judgeNumbers } from '../../contract/monitor-settings.ts';
import { trafficBucketMs, trafficTtlSeconds, excluded } from '../../contract/traffic-fields.ts';
import { activeCanaries, hasActive, type ReleaseDocument } from '../release/release-document.ts';
import { isScheduled } from '../release/rollout-plan.ts';
import { quantileMs } from './latency-bins.ts';
import type { SlowBounds } from './metric-samples.ts';
import {
  addToStatistics,
  type Comparison,
  type ComparisonSettings,
  type TrialStatistics,
  type WeightedBucket,
} from './trial-statistics.ts';
import { defaultSafety, noSafety } from './safety-test.ts';
import { noCounts, sumCounts, type TrafficBucket } from './traffic-counts.ts';
import { bucketOf, isOfTrial, nextTrial, type Trial } from './trial.ts';

/** Length of the stable traffic before a trial that defines what is slow, milliseconds. */
export const baselineMs = 600_000;
/** Fewest stable answers of members past their warm-up that define what is slow. */
const baselineRequests = 100;
/** Age from which a bucket is settled, milliseconds; counts that arrive later are ignored. */
const settleMs = 600_000;

export interface TrialSettings extends ComparisonSettings {
  /** A request that takes no longer is never slow, milliseconds. Default 50. */
  readonly neverSlowMs: number;
  /** Factor by which a canary may be slower than stable; 1 or more. Default 1.1. */
  readonly latencyTolerance: number;
}

export const defaultTrialSettings: TrialSettings = {
  neverSlowMs: judgeNumbers.neverSlowMs.default,
  latencyTolerance: judgeNumbers.latencyTolerance.default,
  tolerances: {
    errors: judgeNumbers.errorTolerance.default,
    // The slow bounds hold the tolerance of latency.
    latency: 1,
    rejections: judgeNumbers.rejectionTolerance.default,
  },
  warmUpRequests: judgeNumbers.warmUpRequests.default,
  safety: defaultSafety,
};

export interface TrialInputs {
  readonly previous: Trial | undefined;
  readonly document: ReleaseDocument;
  /** Traffic from {@link trafficFromMs} up to now, oldest first. */
  readonly buckets: readonly TrafficBucket[];
  readonly settings: TrialSettings;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Statistics of a whole trial, the running bucket included, and the terms of the comparison. */
export interface TrialResult {
  readonly statistics: TrialStatistics;
  readonly comparison: Comparison;
}

export interface TrialProgress {
  /** The running trial, else the last one; undefined if there was none. */
  readonly trial: Trial | undefined;
  /** Undefined while no trial is running. */
  readonly result: TrialResult | undefined;
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
  if (current?.endedAt !== null) return { trial: current, result: undefined };
  const based = withBaseline(withReference(current, buckets), buckets, settings, nowMs);
  const safetyFromMs = Math.max(based.firstBucketMs, bucketOf(document.stepStartedAt));
  const atStep = withStep(based, safetyFromMs);
  const comparison = comparisonOf(atStep, settings, document);
  const counted = hasActive(document, 'stable') ? buckets : withConcurrent(buckets);
  const trial = withSettled(atStep, counted, comparison, nowMs);
  const statistics = addToStatistics(trial.settled, unsettledBuckets(trial, counted), comparison);
  return { trial, result: { statistics, comparison } };
}

/** Buckets in which the tracks are compared at one time: those before the canary had everything. */
function withConcurrent(buckets: readonly TrafficBucket[]): readonly TrafficBucket[] {
  return buckets.filter(({ weight }) => weight === excluded || weight < 100);
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

/** Keeps the requests of stable from before the trial, for a canary that gets all of the traffic. */
function withReference(trial: Trial, buckets: readonly TrafficBucket[]): Trial {
  if (trial.reference !== null) return trial;
  const before = buckets.filter(({ startMs }) => startMs < trial.firstBucketMs);
  const { requests, failures, rejections } = sumCounts(before.map(({ stable }) => stable));
  return { ...trial, reference: { requests, failures, rejections } };
}

/** Judges each step anew: only its own requests can make it safe. */
function withStep(trial: Trial, safetyFromMs: number): Trial {
  if (trial.safetyFromMs === safetyFromMs) return trial;
  return { ...trial, safetyFromMs, settled: { ...trial.settled, safety: noSafety } };
}

function comparisonOf(
  { slowAboveMs, safetyFromMs, reference, settled: { stable } }: Trial,
  { latencyTolerance, tolerances, warmUpRequests, safety }: TrialSettings,
  { members, plan, weight }: ReleaseDocument,
): Comparison {
  const before = reference ?? { requests: 0, failures: 0, rejections: 0 };
  const requests = before.requests + stable.requests;
  return {
    tolerances,
    // Each member warms up by itself, and they share the canary's answers.
    warmUpRequests: warmUpRequests * activeCanaries(members).length,
    safety,
    slowAboveMs: slowAboveMs === null ? undefined : slowBounds(slowAboveMs, latencyTolerance),
    safetyFromMs,
    safetyWeight: isScheduled(plan) ? weight : undefined,
    references: {
      errors: { requests, bad: before.failures + stable.failures },
      // What is slow was defined by the p95, so one request in twenty is.
      latency: { requests: 100 + stable.timed, bad: 5 + stable.slow },
      rejections: { requests, bad: before.rejections + stable.rejections },
    },
  };
}

/**
 * Bounds of both tracks. The canary's is higher, so that a canary on a host that is slower by less
 * than the tolerance has no more slow requests than stable, whatever the latencies look like.
 */
function slowBounds(slowAboveMs: number, latencyTolerance: number): SlowBounds {
  return { stable: slowAboveMs, canary: slowAboveMs * latencyTolerance };
}

/**
 * Adds buckets that are older than ten minutes to the trial itself. So a trial of several days
 * costs no more than a short one, and keeps its first buckets after they have expired in Redis. A
 * moving window would restart the test again and again, and every restart is another chance to
 * eject a healthy canary.
 */
function withSettled(
  trial: Trial,
  buckets: readonly TrafficBucket[],
  comparison: Comparison,
  nowMs: number,
): Trial {
  const settledToMs = bucketOf(nowMs - settleMs);
  if (settledToMs <= trial.settledToMs) return trial;
  const old = unsettledBuckets(trial, buckets).filter(({ startMs }) => startMs < settledToMs);
  return { ...trial, settledToMs, settled: addToStatistics(trial.settled, old, comparison) };
}

/**
 * Buckets of the trial that are not settled yet, without latencies until it is known what is slow.
 * Only requests that the random split gave to one of two tracks count: a tester or a retry is not
 * random, and at weight 0 there is no canary to compare with.
 */
function unsettledBuckets(trial: Trial, buckets: readonly TrafficBucket[]): WeightedBucket[] {
  return buckets
    .filter((bucket) => bucket.startMs >= trial.settledToMs && isOfTrial(bucket, trial))
    .filter(isWeighted)
    .map((bucket) => (bucket.startMs >= trial.slowFromMs ? bucket : untimed(bucket)));
}

function isWeighted(bucket: TrafficBucket): bucket is WeightedBucket {
  return bucket.weight !== excluded && bucket.weight > 0;
}

function untimed({ stable, canary, ...bucket }: WeightedBucket): WeightedBucket {
  const { latency, cold, abandoned } = noCounts;
  const none = { latency, cold, abandoned };
  return { ...bucket, stable: { ...stable, ...none }, canary: { ...canary, ...none } };
}

function stableP95(buckets: readonly TrafficBucket[]): number | undefined {
  const { latency } = sumCounts(buckets.map(({ stable }) => stable));
  const timed = [...latency.values()].reduce((sum, count) => sum + count, 0);
  return timed < baselineRequests ? undefined : quantileMs(latency, 0.95);
}
