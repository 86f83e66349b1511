import { describe, expect, it } from 'vitest';
import { stepRule, type RuleState } from '../../../runtime/core/alerting/rule-state.ts';

const rule = {
  comparison: 'above',
  threshold: 70,
  clearAt: 66.5,
  forMs: 10_000,
  noData: 'ignore',
} as const;

/** The kinds after each value, one a `stepMs`. */
function walk(values: readonly (number | undefined)[], on: typeof rule | object = {}): string[] {
  let state: RuleState | undefined;
  return values.map((value, index) => {
    state = stepRule(state, { ...rule, ...on }, value, index * 5_000);
    return state.kind;
  });
}

describe('a threshold', () => {
  it('is broken only when the value was beyond it for the whole time', () => {
    expect(walk([71, 71, 71])).toEqual(['pending', 'pending', 'firing']);
    expect(walk([71, 70, 71, 71])).toEqual(['pending', 'inactive', 'pending', 'pending']);
  });

  it('is broken at once when it need not last', () => {
    expect(walk([71], { forMs: 0 })).toEqual(['firing']);
  });

  it('keeps a value that stands at it', () => {
    expect(walk([70, 70, 70, 70])).toEqual(['inactive', 'inactive', 'inactive', 'inactive']);
  });

  it('stays broken until the value is well back, so that it does not flap', () => {
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

  it('can have its wrong side below', () => {
    const below = { comparison: 'below', threshold: 10, clearAt: 10.5, forMs: 0 };
    expect(walk([11, 9, 10.2, 10.5], below)).toEqual(['inactive', 'firing', 'firing', 'inactive']);
  });

  it('takes no data for no proof: nothing breaks by it and nothing mends', () => {
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

  it('takes no data for a breach where the rule says so', () => {
    const noData = { noData: 'breach' };
    expect(walk([undefined, undefined, undefined, 60], noData)).toEqual([
      'pending',
      'pending',
      'firing',
      'inactive',
    ]);
  });

  it('knows since when', () => {
    const first = stepRule(undefined, rule, 71, 1_000);
    expect(stepRule(first, rule, 80, 11_000)).toEqual({ kind: 'firing', sinceMs: 1_000 });
  });
});
