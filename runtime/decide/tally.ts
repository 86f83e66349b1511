import { z } from 'zod';
import {
  addRatios,
  logLikelihoodRatios,
  noRatios,
  oddsRatios,
  type ArmCounts,
} from './harm-test.ts';
import { latencyBin } from './latency-histogram.ts';
import type { TrackCounts, TrafficBucket } from './traffic.ts';

const count = z.int().min(0);
const arm = z.object({ requests: count, failures: count, slow: count });
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

const nothing = { requests: 0, failures: 0, slow: 0 };

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
  const slowFrom = slowAboveMs === undefined ? Number.POSITIVE_INFINITY : latencyBin(slowAboveMs);
  return buckets.reduce((sum, bucket) => withStratum(sum, bucket, slowFrom), tally);
}

function withStratum(
  { stable, canary, logRatios, buckets }: Tally,
  stratum: TrafficBucket,
  slowFrom: number,
): Tally {
  const slow = slowCounts(stratum, slowFrom);
  return {
    stable: withTrack(stable, stratum.stable, slow.badStable),
    canary: withTrack(canary, stratum.canary, slow.badCanary),
    logRatios: {
      errors: addRatios(logRatios.errors, logLikelihoodRatios(errorCounts(stratum))),
      latency: addRatios(logRatios.latency, logLikelihoodRatios(slow)),
    },
    buckets: withBucket(buckets, stratum.startMs),
  };
}

function withTrack(arm: Tally['canary'], { requests, failures }: TrackCounts, slow: number) {
  return {
    requests: arm.requests + requests,
    failures: arm.failures + failures,
    slow: arm.slow + slow,
  };
}

function withBucket({ count, firstMs, lastMs }: Tally['buckets'], startMs: number) {
  if (count === 0) return { count: 1, firstMs: startMs, lastMs: startMs };
  return { count: startMs === lastMs ? count : count + 1, firstMs, lastMs: startMs };
}

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
