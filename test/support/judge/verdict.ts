import { defaultTrialSettings } from '../../../runtime/core/analysis/advance-trial.ts';
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
