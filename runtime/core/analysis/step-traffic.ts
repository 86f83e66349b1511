import type { Track } from '../../contract/names.ts';
import { excluded, trafficTtlSeconds } from '../../contract/traffic-fields.ts';
import { canaryVersions, type ReleaseDocument } from '../release/release-document.ts';
import { isScheduled } from '../release/rollout-plan.ts';
import { quantileMs } from './latency-bins.ts';
import { sumCounts, type TrafficBucket } from './traffic-counts.ts';
import { bucketOf, isOfTrial } from './trial.ts';

/** Traffic of one track in a step, as the judge counts it. */
export interface TrackTraffic {
  readonly requests: number;
  readonly errors: number;
  /** Percent of the requests; null without requests. */
  readonly errorPercent: number | null;
  /** Latency of members past their warm-up; null until one has answered. */
  readonly p95Ms: number | null;
}

/** Traffic of a rollout's step so far, both tracks. */
export interface StepTraffic extends Readonly<Record<Track, TrackTraffic>> {
  /** Start of the counts, milliseconds since the epoch: that of the step, or of what Redis still has. */
  readonly fromMs: number;
}

/**
 * Start of the buckets that {@link stepTraffic} needs, milliseconds since the epoch; undefined if the
 * rollout has no step, or its step is over.
 */
export function stepTrafficFromMs(
  { phase, step, plan, stepStartedAt }: ReleaseDocument,
  nowMs: number,
): number | undefined {
  const isOver = phase === 'idle' || phase === 'succeeded';
  if (isOver || plan[step] === undefined) return undefined;
  return bucketOf(Math.max(stepStartedAt, nowMs - 1_000 * trafficTtlSeconds));
}

/**
 * Sums the requests that the split of the step gave to one of two tracks.
 * @returns null if the step has no traffic any more, because it ended before what Redis still has.
 */
export function stepTraffic(
  document: ReleaseDocument,
  buckets: readonly TrafficBucket[],
  fromMs: number,
): StepTraffic | null {
  const counted = buckets.filter((bucket) => isOfStep(bucket, document));
  const isEnded = document.phase === 'promoting' || document.phase === 'aborted';
  if (isEnded && counted.length === 0) return null;
  const of = (track: Track) => trackTraffic(counted.map((bucket) => bucket[track]));
  return { fromMs, stable: of('stable'), canary: of('canary') };
}

/** Sums all requests of some buckets, as for a release without a step. */
export function recentTraffic(buckets: readonly TrafficBucket[], fromMs: number): StepTraffic {
  const of = (track: Track) => trackTraffic(buckets.map((bucket) => bucket[track]));
  return { fromMs, stable: of('stable'), canary: of('canary') };
}

/** Requests of the canary per second since the start of the counts; undefined if they are not known. */
export function requestRate(traffic: StepTraffic | null, nowMs: number): number | undefined {
  if (traffic === null) return undefined;
  return (1_000 * traffic.canary.requests) / Math.max(1_000, nowMs - traffic.fromMs);
}

function trackTraffic(counts: readonly TrafficBucket[Track][]): TrackTraffic {
  const { requests, failures: errors, latency } = sumCounts(counts);
  return {
    requests,
    errors,
    errorPercent: requests === 0 ? null : (100 * errors) / requests,
    p95Ms: quantileMs(latency, 0.95) ?? null,
  };
}

function isOfStep(bucket: TrafficBucket, document: ReleaseDocument): boolean {
  const { rolloutId, plan, step, weight } = document;
  if (bucket.weight === excluded || bucket.weight === 0) return false;
  // An ejected canary has no weight any more. Without steps, a person sets the weight.
  const stepWeight = weight > 0 ? weight : plan[step]?.weight;
  if (isScheduled(plan) && bucket.weight !== stepWeight) return false;
  const versions = canaryVersions(document);
  if (versions.length > 0) return isOfTrial(bucket, { rolloutId, versions });
  return bucket.rolloutId === undefined || bucket.rolloutId === rolloutId;
}
