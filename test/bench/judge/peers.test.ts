import { expect, test } from 'vitest';
import { argoRollouts } from '../../../bench/judge/peers/argo-rollouts.ts';
import { anyErrorAlarm, fivePercentAlarm } from '../../../bench/judge/peers/code-deploy.ts';
import { flagger } from '../../../bench/judge/peers/flagger.ts';
import { kayenta } from '../../../bench/judge/peers/kayenta.ts';
import { shiftOf } from '../../../bench/judge/peers/mann-whitney.ts';
import { random } from '../../core/analysis/binomial.ts';
import { runRollout, type Found, type Rule } from '../../core/analysis/simulation.ts';
import { failing, steady } from '../../core/analysis/worlds/cell.ts';

/** Answer of a rule on a canary with this share of failures; stable has 1%. */
function answerOf(rule: Rule, failure: number): Found | undefined {
  const [stable, canary] = [failing(0.01), failing(failure)];
  const world = steady({ rate: 20, weight: 10, stable, canary, seconds: 4 * 3_600 });
  return runRollout(world, random(1), [rule])[0];
}

test.each([
  ['Flagger', flagger, 5 * 60, 10 * 60],
  ['Argo Rollouts', argoRollouts, 15 * 60, 40 * 60],
  ['Kayenta', kayenta, 3_600, 3 * 3_600],
  ['CodeDeploy at any error', anyErrorAlarm, 60, 5 * 60],
  ['CodeDeploy above 5%', fivePercentAlarm, 60, 5 * 60],
])('the rule of %s rejects a canary that fails and promotes one that does not', (...row) => {
  const [, begin, rejectedAt, promotedAt] = row;
  expect(answerOf(begin(), 0.5)).toMatchObject({ kind: 'harmful', seconds: rejectedAt });
  expect(answerOf(begin(), 0)).toMatchObject({ kind: 'safe', seconds: promotedAt });
});

test('the shift of two samples is the median difference of their pairs', () => {
  const sample = [2.1, 3.3, 4.2, 5.5, 6.1, 7.7, 8.4, 9.9];
  const control = [1.2, 2.4, 2.9, 3.1, 4.8, 5.2, 6.6, 7.1];
  const shift = shiftOf(sample, control);
  const differences = sample.flatMap((one) => control.map((other) => one - other));
  const sorted = differences.toSorted((a, b) => a - b);
  // Without ties the estimate lies between the middle two differences of all pairs.
  expect(shift?.estimate).toBeGreaterThanOrEqual(sorted[31] ?? Number.NaN);
  expect(shift?.estimate).toBeLessThanOrEqual(sorted[32] ?? Number.NaN);
  expect(shift?.lower).toBeLessThan(0);
  expect(shiftOf([1, 1], [1, 1])).toBeUndefined();
});
