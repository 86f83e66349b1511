import { z } from 'zod';
import type { HarmMetric } from '../../contract/traffic-fields.ts';
import { logLikelihoodRatios, type LogRatios } from './harm-test.ts';
import type { MetricSamples } from './metric-samples.ts';
import { referenceLogRatios, type Reference } from './reference-test.ts';
import { addSamples, trackSampleSchema, type TrackSample } from './track-sample.ts';

/**
 * Stable requests from which a stratum is full; canary requests where the canary has all of them.
 * Fewer say little of the base rate, and more would dilute harm that begins late.
 */
const fullRequests = 50;
/** Longest time that a stratum spans, milliseconds. */
const longestMs = 600_000;

/**
 * Consecutive buckets under one weight, compared as one: chance gave their requests to the canary
 * with the same probability, so they may be added up, and little traffic is used whole.
 */
export const stratumSchema = z.object({
  weight: z.number(),
  /** Start of its first and of its last bucket, milliseconds since the epoch. */
  fromMs: z.int(),
  lastMs: z.int(),
  unit: z.enum(['requests', 'clients']),
  samples: z.object({
    errors: trackSampleSchema,
    latency: trackSampleSchema,
    rejections: trackSampleSchema,
  }),
  /** Failures by request, whatever the unit is. */
  requests: trackSampleSchema,
});

export type Stratum = z.infer<typeof stratumSchema>;

/** Ratio of the odds that is no harm yet, for each metric; 1 or more. */
export type Tolerances = Readonly<Record<HarmMetric, number>>;

/** Reports whether a bucket at `startMs` belongs to the stratum. */
export function belongsTo(
  { weight, unit, fromMs, lastMs, requests }: Stratum,
  bucket: Pick<Stratum, 'weight' | 'unit'> & { readonly startMs: number },
): boolean {
  if (bucket.weight !== weight || bucket.unit !== unit) return false;
  const compared = weight === 100 ? requests.canary : requests.stable;
  const isFull = compared >= fullRequests || bucket.startMs - fromMs >= longestMs;
  return bucket.startMs === lastMs || !isFull;
}

export function mergeStrata(left: Stratum, right: Stratum): Stratum {
  return {
    ...left,
    lastMs: right.lastMs,
    samples: {
      errors: addSamples(left.samples.errors, right.samples.errors),
      latency: addSamples(left.samples.latency, right.samples.latency),
      rejections: addSamples(left.samples.rejections, right.samples.rejections),
    },
    requests: addSamples(left.requests, right.requests),
  };
}

/** Stratum of one bucket. */
export function stratumOf(
  bucket: { readonly weight: number; readonly startMs: number },
  { unit, samples }: MetricSamples,
  requests: TrackSample,
): Stratum {
  const { weight, startMs } = bucket;
  return { weight, fromMs: startMs, lastMs: startMs, unit, samples, requests };
}

/**
 * log LR(w) of a stratum for each metric.
 * @param references - earlier requests of stable, for strata in which the canary has all of the
 *   traffic.
 */
export function stratumRatios(
  { weight, samples }: Stratum,
  tolerances: Tolerances,
  references: Readonly<Record<HarmMetric, Reference>>,
): Record<HarmMetric, LogRatios> {
  const ofMetric = (metric: HarmMetric) => {
    const sample = samples[metric];
    if (weight < 100) return logLikelihoodRatios(sample, tolerances[metric]);
    const canary = { requests: sample.canary, bad: sample.badCanary };
    return referenceLogRatios(canary, references[metric], tolerances[metric]);
  };
  return {
    errors: ofMetric('errors'),
    latency: ofMetric('latency'),
    rejections: ofMetric('rejections'),
  };
}

/** Reports whether a stratum says anything about a metric: totals decide, not who had the bad ones. */
export function isInformative({ weight, samples }: Stratum, metric: HarmMetric): boolean {
  const { canary, stable, badCanary, badStable } = samples[metric];
  if (weight === 100) return canary > 0;
  return badCanary + badStable > 0 && canary > 0 && stable > 0;
}
