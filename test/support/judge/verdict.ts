import {
  defaultVerdictSettings,
  decideVerdict,
  type VerdictInput,
  type Verdict,
} from '../../../runtime/core/analysis/verdict.ts';
import {
  addToStatistics,
  emptyStatistics,
} from '../../../runtime/core/analysis/trial-statistics.ts';
import type { TrafficBucket } from '../../../runtime/core/analysis/traffic-counts.ts';

/** Verdict on these strata; by default a request is slow above 100 ms. */
export function verdictOn(
  buckets: readonly TrafficBucket[],
  overrides: Partial<Omit<VerdictInput, 'statistics'>> = {},
): Verdict {
  const input = {
    slowAboveMs: 100,
    hardFailures: [],
    settings: defaultVerdictSettings,
    ...overrides,
  };
  return decideVerdict({
    statistics: addToStatistics(emptyStatistics, buckets, input.slowAboveMs),
    ...input,
  });
}
