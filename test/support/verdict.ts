import {
  defaultVerdictSettings,
  decideVerdict,
  type VerdictInput,
  type Verdict,
} from '../../runtime/core/analysis/verdict.ts';
import { addToStatistics, emptyStatistics } from '../../runtime/core/analysis/trial-statistics.ts';
import type { TrafficBucket } from '../../runtime/core/analysis/traffic-counts.ts';

/** What the judge says of these strata; a request is slow above 100 ms, unless told otherwise. */
export function verdictOn(
  buckets: readonly TrafficBucket[],
  overrides: Partial<Omit<VerdictInput, 'tally'>> = {},
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
