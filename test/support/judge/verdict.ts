import { defaultTrialSettings } from '../../../runtime/core/analysis/advance-trial.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts, type TrackCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  addToStatistics,
  emptyStatistics,
  type Comparison,
  type WeightedBucket,
} from '../../../runtime/core/analysis/trial-statistics.ts';
import {
  decideVerdict,
  defaultVerdictSettings,
  type Verdict,
  type VerdictInput,
} from '../../../runtime/core/analysis/verdict.ts';

const noReference = { requests: 0, bad: 0 };

/** Terms of a comparison with the defaults; both tracks are slow above 100 ms, without warm-up. */
export const testComparison: Comparison = {
  ...defaultTrialSettings,
  warmUpRequests: 0,
  slowAboveMs: { stable: 100, canary: 100 },
  safetyFromMs: 0,
  references: { errors: noReference, latency: noReference, rejections: noReference },
};

/** Verdict on these strata. A canary is warm from the start. */
export function verdictOn(
  buckets: readonly WeightedBucket[],
  overrides: Partial<Pick<VerdictInput, 'hardFailures' | 'settings'> & Comparison> = {},
): Verdict {
  const { hardFailures = [], settings = defaultVerdictSettings, ...terms } = overrides;
  const comparison = { ...testComparison, ...terms };
  const warm = { ...emptyStatistics, warmUp: { answers: 0, isOver: true } };
  const statistics = addToStatistics(warm, buckets, comparison);
  return decideVerdict({ statistics, comparison, hardFailures, settings });
}

/** Counts of requests at 10 ms, but for `slow` ones at 900 ms. */
export function counts(requests: number, failures: number, slow = 0): TrackCounts {
  const latency = new Map([[latencyBin(10), requests - slow]]);
  if (slow > 0) latency.set(latencyBin(900), slow);
  return { ...noCounts, requests, failures, latency };
}

/** The bucket of this number, at weight 25. */
export function bucket(index: number, stable: TrackCounts, canary: TrackCounts): WeightedBucket {
  return { startMs: index * 10_000, weight: 25, stable, canary };
}

/** Buckets with the same counts, as many as asked for. */
export function times(count: number, stable: TrackCounts, canary: TrackCounts): WeightedBucket[] {
  return Array.from({ length: count }, (_, index) => bucket(index, stable, canary));
}
