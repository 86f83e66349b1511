import { quantileMs } from '../../../runtime/core/analysis/latency-bins.ts';
import type { Rule } from '../../../test/core/analysis/simulation.ts';
import { durations, IntervalRule, promoted, successShare } from './intervals.ts';

/**
 * Flagger's rule with the values of its documentation: every minute, a success rate of at least 99%
 * and a p99 of at most 500 ms (https://docs.flagger.app/usage/metrics); rollback at five failed
 * checks, counted over the whole analysis (`threshold: 5` of its tutorials,
 * https://docs.flagger.app/tutorials/istio-progressive-delivery; pkg/controller/scheduler.go). A
 * minute without requests is left out here; Flagger counts it as a failed check. Ten passed checks
 * promote the canary (`maxWeight: 50`, `stepWeight: 5`).
 */
export function flagger(): Rule {
  let [failedChecks, passedChecks] = [0, 0];
  return new IntervalRule(60, ({ canary }) => {
    const success = successShare(canary);
    if (success === undefined) return undefined;
    const p99 = quantileMs(durations(canary), 0.99) ?? 0;
    if (success >= 0.99 && p99 <= 500) {
      passedChecks += 1;
      return passedChecks >= 10 ? promoted : undefined;
    }
    failedChecks += 1;
    const metric = success < 0.99 ? 'errors' : 'latency';
    return failedChecks >= 5 ? { kind: 'harmful', metric } : undefined;
  });
}
