import { z } from 'zod';
import type { HarmMetric } from '../../contract/traffic-fields.ts';
import { addStratum, evidenceSchema, noEvidence } from './evidence.ts';
import { nextOnsets, noOnsets, onsetsSchema } from './harm-onset.ts';
import { noTiming, samplesOf, timingOf, type SlowBounds, type Timing } from './metric-samples.ts';
import type { Reference } from './reference-test.ts';
import { nextSafety, noSafety, safetySchema, type SafetySettings } from './safety-test.ts';
import {
  belongsTo,
  isInformative,
  mergeStrata,
  stratumOf,
  stratumRatios,
  stratumSchema,
  type Stratum,
  type Tolerances,
} from './stratum.ts';
import type { TrafficBucket } from './traffic-counts.ts';

const count = z.int().min(0);
const totals = z.object({
  requests: count,
  failures: count,
  rejections: count,
  /** Requests that were compared with the slow bound, and the slow ones among them. */
  timed: count,
  slow: count,
});
const metric = z.object({ evidence: evidenceSchema, onsets: onsetsSchema });

/** Statistics over the strata of a trial: all that the verdict needs. They can be stored. */
export const trialStatisticsSchema = z.object({
  stable: totals,
  canary: totals,
  /** Closed strata, for each metric. */
  metrics: z.object({ errors: metric, latency: metric, rejections: metric }),
  /** Stratum that may still grow; null before the first. */
  running: stratumSchema.nullable(),
  /** Answers of the canary before its first fast one. */
  warmUp: z.object({ answers: count, isOver: z.boolean() }),
  /** Closed strata of the step. */
  safety: safetySchema,
  /** Number of buckets with traffic, and the starts of the first and the last one. */
  buckets: z.object({ count, firstMs: z.int(), lastMs: z.int() }),
});

export type TrialStatistics = z.infer<typeof trialStatisticsSchema>;

export interface ComparisonSettings {
  readonly tolerances: Tolerances;
  /** Answers of the canary that are no harm although all of them were slow. Default 20 a member. */
  readonly warmUpRequests: number;
  readonly safety: SafetySettings;
}

export interface Comparison extends ComparisonSettings {
  /** Undefined until it is known what is slow; then latency is not compared. */
  readonly slowAboveMs: SlowBounds | undefined;
  /** Start of the step that must be safe, milliseconds since the epoch. */
  readonly safetyFromMs: number;
  /** Weight of that step, whose requests alone can make it safe. Undefined: those at any weight. */
  readonly safetyWeight?: number | undefined;
  /** Requests of stable from before the canary had all of the traffic. */
  readonly references: Readonly<Record<HarmMetric, Reference>>;
}

const noTotals = { requests: 0, failures: 0, rejections: 0, timed: 0, slow: 0 };
const noMetric = { evidence: noEvidence, onsets: noOnsets };

export const emptyStatistics: TrialStatistics = {
  stable: noTotals,
  canary: noTotals,
  metrics: { errors: noMetric, latency: noMetric, rejections: noMetric },
  running: null,
  warmUp: { answers: 0, isOver: false },
  safety: noSafety,
  buckets: { count: 0, firstMs: 0, lastMs: 0 },
};

/**
 * Statistics with further buckets added.
 * @param buckets - oldest first; none of them is in `statistics` yet. Their weight is not `excluded`.
 */
export function addToStatistics(
  statistics: TrialStatistics,
  buckets: readonly WeightedBucket[],
  comparison: Comparison,
): TrialStatistics {
  return buckets.reduce((sum, bucket) => withBucket(sum, bucket, comparison), statistics);
}

/** Bucket of requests that a split routed. */
export type WeightedBucket = TrafficBucket & { readonly weight: number };

function withBucket(
  statistics: TrialStatistics,
  bucket: WeightedBucket,
  comparison: Comparison,
): TrialStatistics {
  const { slowAboveMs: bounds } = comparison;
  const timings = {
    stable: timingOf(bucket.stable, bounds?.stable, 'stable'),
    canary: timingOf(bucket.canary, bounds?.canary, 'canary'),
  };
  const { isOver } = statistics.warmUp;
  const compared = samplesOf(bucket, isOver ? timings : noTimings);
  const { stable, canary } = bucket;
  const requests = {
    canary: canary.requests,
    stable: stable.requests,
    badCanary: canary.failures,
    badStable: stable.failures,
  };
  const stratum = stratumOf(bucket, compared, requests);
  return {
    ...withStratum(statistics, stratum, comparison),
    stable: addTotals(statistics.stable, stable, timings.stable),
    canary: addTotals(statistics.canary, canary, timings.canary),
    warmUp: isOver ? statistics.warmUp : warmedUp(statistics, timings.canary, comparison),
    buckets: countBucket(statistics.buckets, bucket.startMs),
  };
}

const noTimings = { stable: noTiming, canary: noTiming };

/**
 * A canary that has only just started may be slow at first, and that is no harm. Its latency is
 * compared from the bucket after the one in which it gave a first fast answer, was given up by a
 * client, or had answered often enough.
 */
function warmedUp(
  { warmUp: { answers: before } }: TrialStatistics,
  { timed, slow, abandoned, excused }: Timing,
  { warmUpRequests }: Comparison,
): TrialStatistics['warmUp'] {
  const answers = before + timed - abandoned - excused;
  return { answers, isOver: timed > slow + excused || abandoned > 0 || answers >= warmUpRequests };
}

function withStratum(
  statistics: TrialStatistics,
  stratum: Stratum,
  comparison: Comparison,
): TrialStatistics {
  const { running } = statistics;
  if (running === null) return { ...statistics, running: stratum };
  if (belongsTo(running, { ...stratum, startMs: stratum.fromMs })) {
    return { ...statistics, running: mergeStrata(running, stratum) };
  }
  return { ...closed(statistics, running, comparison), running: stratum };
}

/** Statistics with the running stratum closed. */
function closed(
  statistics: TrialStatistics,
  running: Stratum,
  comparison: Comparison,
): TrialStatistics {
  const { metrics } = statistics;
  const ratios = stratumRatios(running, comparison.tolerances, comparison.references);
  const ofMetric = (name: HarmMetric): TrialStatistics['metrics'][HarmMetric] => {
    if (!isInformative(running, name)) return metrics[name];
    const { evidence, onsets } = metrics[name];
    const { fromMs, samples } = running;
    return {
      evidence: addStratum(evidence, ratios[name]),
      onsets: nextOnsets(onsets, ratios[name], { fromMs, sample: samples[name] }),
    };
  };
  return {
    ...statistics,
    metrics: {
      errors: ofMetric('errors'),
      latency: ofMetric('latency'),
      rejections: ofMetric('rejections'),
    },
    safety: safetyWith(statistics, running, comparison),
  };
}

/** Safety of the step with the running stratum, if that belongs to the step. */
export function safetyWith(
  { safety }: Pick<TrialStatistics, 'safety'>,
  running: Stratum | null,
  { safetyFromMs, safetyWeight, safety: settings }: Comparison,
): TrialStatistics['safety'] {
  if (running === null || running.fromMs < safetyFromMs) return safety;
  // The step before may have ended in the bucket in which this one begins.
  if (safetyWeight !== undefined && running.weight !== safetyWeight) return safety;
  return nextSafety(safety, running.requests, settings);
}

function countBucket({ count, firstMs, lastMs }: TrialStatistics['buckets'], startMs: number) {
  if (count === 0) return { count: 1, firstMs: startMs, lastMs: startMs };
  return { count: startMs === lastMs ? count : count + 1, firstMs, lastMs: startMs };
}

function addTotals(
  sum: TrialStatistics['canary'],
  counts: Pick<TrafficBucket['canary'], 'requests' | 'failures' | 'rejections'>,
  { timed, slow }: Timing,
): TrialStatistics['canary'] {
  return {
    requests: sum.requests + counts.requests,
    failures: sum.failures + counts.failures,
    rejections: sum.rejections + counts.rejections,
    timed: sum.timed + timed,
    slow: sum.slow + slow,
  };
}
