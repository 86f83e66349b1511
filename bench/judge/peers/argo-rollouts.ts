import type { Rule } from '../../../test/core/analysis/simulation.ts';
import { IntervalRule, promoted, successShare } from './intervals.ts';

/**
 * Argo Rollouts' background analysis with the AnalysisTemplate of its documentation: every five
 * minutes a success rate of at least 95%, `failureLimit: 3`
 * (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/). As that page says, three
 * such measurements fail the analysis; the controller itself waits for a fourth one. Its example
 * rollout is over after four steps of ten minutes.
 */
export function argoRollouts(): Rule {
  let [failed, measurements] = [0, 0];
  return new IntervalRule(300, ({ canary }) => {
    const success = successShare(canary);
    if (success !== undefined && success < 0.95) failed += 1;
    measurements += 1;
    if (failed >= 3) return { kind: 'harmful', metric: 'errors' };
    return measurements >= 8 ? promoted : undefined;
  });
}
