import { describe, expect, test } from 'vitest';
import { stepRule, type RuleState } from '../../../runtime/core/alerting/rule-state.ts';

const rule = {
  comparison: 'above',
  threshold: 70,
  clearAt: 66.5,
  forMs: 10_000,
  noData: 'ignore',
} as const;

/** State after each value, one value per `stepMs`. */
function walk(values: readonly (number | undefined)[], on: typeof rule | object = {}): string[] {
  let state: RuleState | undefined;
  return values.map((value, index) => {
    state = stepRule(state, { ...rule, ...on }, value, index * 5_000);
    return state.kind;
  });
}

describe('rule states', () => {
  test('a rule fires only after the value was beyond the threshold for the whole time', () => {
    expect(walk([71, 71, 71])).toEqual(['pending', 'pending', 'firing']);
    expect(walk([71, 70, 71, 71])).toEqual(['pending', 'inactive', 'pending', 'pending']);
  });

  test('a rule without a duration fires at once', () => {
    expect(walk([71], { forMs: 0 })).toEqual(['firing']);
  });

  test('a rule is inactive while the value is at the threshold', () => {
    expect(walk([70, 70, 70, 70])).toEqual(['inactive', 'inactive', 'inactive', 'inactive']);
  });

  test('a rule fires until the value is well back, so that it does not flap', () => {
    const values = [71, 71, 71, 69, 71, 67, 66.5, 69];
    const kinds = [
      'pending',
      'pending',
      'firing',
      'firing',
      'firing',
      'firing',
      'inactive',
      'inactive',
    ];
    expect(walk(values)).toEqual(kinds);
  });

  test('a rule can fire below its threshold', () => {
    const below = { comparison: 'below', threshold: 10, clearAt: 10.5, forMs: 0 };
    expect(walk([11, 9, 10.2, 10.5], below)).toEqual(['inactive', 'firing', 'firing', 'inactive']);
  });

  test('no data proves nothing: no rule fires because of it, and none is resolved', () => {
    expect(walk([undefined, undefined, undefined])).toEqual(['inactive', 'inactive', 'inactive']);
    expect(walk([71, undefined, 71, 71])).toEqual(['pending', 'inactive', 'pending', 'pending']);
    expect(walk([71, 71, 71, undefined, 60])).toEqual([
      'pending',
      'pending',
      'firing',
      'firing',
      'inactive',
    ]);
  });

  test('no data is a breach if the rule says so', () => {
    const noData = { noData: 'breach' };
    expect(walk([undefined, undefined, undefined, 60], noData)).toEqual([
      'pending',
      'pending',
      'firing',
      'inactive',
    ]);
  });

  test('a rule knows when its state began', () => {
    const first = stepRule(undefined, rule, 71, 1_000);
    expect(stepRule(first, rule, 80, 11_000)).toEqual({ kind: 'firing', sinceMs: 1_000 });
  });
});
