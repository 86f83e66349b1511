import { z } from 'zod';
import {
  addRatios,
  logLikelihoodRatios,
  noRatios,
  oddsRatios,
  type TrackSample,
} from './harm-test.ts';
import { latencyBin } from './latency-bins.ts';
import type { TrackCounts, TrafficBucket } from './traffic-counts.ts';

const count = z.int().min(0);
const sample = z.object({
  requests: count,
  failures: count,
  /** Requests that were compared with the slow bound, and the slow ones among them. */
  timed: count,
  slow: count,
});
const ratios = z.array(z.number()).length(oddsRatios.length).readonly();

/** Sums over the strata of a trial: all that the verdict needs. They can be stored. */
export const trialStatisticsSchema = z.object({
  stable: sample,
  canary: sample,
  /** log LR(w) of each metric, summed over strata; see harm-test.ts. */
  logRatios: z.object({ errors: ratios, latency: ratios }),
  /** Number of buckets with traffic, and the starts of the first and the last one. */
  buckets: z.object({ count, firstMs: z.int(), lastMs: z.int() }),
});

export type TrialStatistics = z.infer<typeof trialStatisticsSchema>;

const nothing = { requests: 0, failures: 0, timed: 0, slow: 0 };

export const emptyStatistics: TrialStatistics = {
  stable: nothing,
  canary: nothing,
  logRatios: { errors: noRatios, latency: noRatios },
  buckets: { count: 0, firstMs: 0, lastMs: 0 },
};

/**
 * Statistics with further strata added.
 * @param buckets - oldest first; none of them is in `statistics` yet.
 * @param slowAboveMs - a request that takes longer is slow, milliseconds; undefined: none is.
 */
export function addToStatistics(
  statistics: TrialStatistics,
  buckets: readonly TrafficBucket[],
  slowAboveMs: number | undefined,
): TrialStatistics {
  const slowFrom = slowAboveMs === undefined ? undefined : latencyBin(slowAboveMs);
  return buckets.reduce((sum, bucket) => withStratum(sum, bucket, slowFrom), statistics);
}

function withStratum(
  { stable, canary, logRatios, buckets }: TrialStatistics,
  stratum: TrafficBucket,
  slowFrom: number | undefined,
): TrialStatistics {
  const errors = errorCounts(stratum);
  const slow = slowFrom === undefined ? noSample : slowCounts(stratum, slowFrom);
  return {
    stable: {
      requests: stable.requests + errors.stable,
      failures: stable.failures + errors.badStable,
      timed: stable.timed + slow.stable,
      slow: stable.slow + slow.badStable,
    },
    canary: {
      requests: canary.requests + errors.canary,
      failures: canary.failures + errors.badCanary,
      timed: canary.timed + slow.canary,
      slow: canary.slow + slow.badCanary,
    },
    logRatios: {
      errors: addRatios(logRatios.errors, logLikelihoodRatios(errors)),
      latency: addRatios(logRatios.latency, logLikelihoodRatios(slow)),
    },
    buckets: withBucket(buckets, stratum.startMs),
  };
}

function withBucket({ count, firstMs, lastMs }: TrialStatistics['buckets'], startMs: number) {
  if (count === 0) return { count: 1, firstMs: startMs, lastMs: startMs };
  return { count: startMs === lastMs ? count : count + 1, firstMs, lastMs: startMs };
}

const noSample: TrackSample = { canary: 0, stable: 0, badCanary: 0, badStable: 0 };

function errorCounts({ canary, stable }: TrafficBucket): TrackSample {
  return {
    canary: canary.requests,
    stable: stable.requests,
    badCanary: canary.failures,
    badStable: stable.failures,
  };
}

function slowCounts({ canary, stable }: TrafficBucket, slowFrom: number): TrackSample {
  return {
    canary: timed(canary),
    stable: timed(stable),
    badCanary: slower(canary, slowFrom),
    badStable: slower(stable, slowFrom),
  };
}

/** Number of requests whose latency is known; the others do not count for slowness. */
function timed({ latency }: TrackCounts): number {
  return sum([...latency.values()]);
}

function slower({ latency }: TrackCounts, slowFrom: number): number {
  return sum([...latency].filter(([bin]) => bin > slowFrom).map(([, count]) => count));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
