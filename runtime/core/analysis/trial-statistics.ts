import { z } from 'zod';
import {
  addRatios,
  logLikelihoodRatios,
  noRatios,
  oddsRatios,
  type ArmCounts,
} from './harm-test.ts';
import { latencyBin } from './latency-bins.ts';
import type { TrackCounts, TrafficBucket } from './traffic-counts.ts';

const count = z.int().min(0);
const arm = z.object({
  requests: count,
  failures: count,
  /** Requests that were held against what is slow, and how many of them were. */
  timed: count,
  slow: count,
});
const ratios = z.array(z.number()).length(oddsRatios.length).readonly();

/** What the strata of a trial come to: all that the judge needs of them. Tallies can be stored. */
export const tallySchema = z.object({
  stable: arm,
  canary: arm,
  /** log LR(w) of each metric, summed over strata; see harm-test.ts. */
  logRatios: z.object({ errors: ratios, latency: ratios }),
  /** Starts of the first and last bucket with traffic, and how many there were. */
  buckets: z.object({ count, firstMs: z.int(), lastMs: z.int() }),
});

export type Tally = z.infer<typeof tallySchema>;

const nothing = { requests: 0, failures: 0, timed: 0, slow: 0 };

export const emptyTally: Tally = {
  stable: nothing,
  canary: nothing,
  logRatios: { errors: noRatios, latency: noRatios },
  buckets: { count: 0, firstMs: 0, lastMs: 0 },
};

/**
 * The tally of further strata.
 * @param buckets - oldest first, none of them in `tally` yet.
 * @param slowAboveMs - a request that takes longer is slow, milliseconds; undefined: none is.
 */
export function addToTally(
  tally: Tally,
  buckets: readonly TrafficBucket[],
  slowAboveMs: number | undefined,
): Tally {
  const slowFrom = slowAboveMs === undefined ? undefined : latencyBin(slowAboveMs);
  return buckets.reduce((sum, bucket) => withStratum(sum, bucket, slowFrom), tally);
}

function withStratum(
  { stable, canary, logRatios, buckets }: Tally,
  stratum: TrafficBucket,
  slowFrom: number | undefined,
): Tally {
  const errors = errorCounts(stratum);
  const slow = slowFrom === undefined ? noArms : slowCounts(stratum, slowFrom);
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

function withBucket({ count, firstMs, lastMs }: Tally['buckets'], startMs: number) {
  if (count === 0) return { count: 1, firstMs: startMs, lastMs: startMs };
  return { count: startMs === lastMs ? count : count + 1, firstMs, lastMs: startMs };
}

const noArms: ArmCounts = { canary: 0, stable: 0, badCanary: 0, badStable: 0 };

function errorCounts({ canary, stable }: TrafficBucket): ArmCounts {
  return {
    canary: canary.requests,
    stable: stable.requests,
    badCanary: canary.failures,
    badStable: stable.failures,
  };
}

function slowCounts({ canary, stable }: TrafficBucket, slowFrom: number): ArmCounts {
  return {
    canary: timed(canary),
    stable: timed(stable),
    badCanary: slower(canary, slowFrom),
    badStable: slower(stable, slowFrom),
  };
}

/** Requests whose latency is known; one without it says nothing of slowness. */
function timed({ latency }: TrackCounts): number {
  return sum([...latency.values()]);
}

function slower({ latency }: TrackCounts, slowFrom: number): number {
  return sum([...latency].filter(([bin]) => bin > slowFrom).map(([, count]) => count));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
