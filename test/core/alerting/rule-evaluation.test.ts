import { describe, expect, it, test } from 'vitest';
import { factsOf, nearRules, recoveryOf } from '../../../runtime/core/alerting/rule-evaluation.ts';
import { standingOf, type StandingOptions } from '../../support/standing.ts';

describe('what there is to say of a broken rule', () => {
  it('is the value, the threshold, since when and where', () => {
    const about = { host: 'host-1', member: 'canary-1', track: 'canary', version: '2' } as const;
    expect(factsOf(standingOf({ about }))).toEqual({
      headline: 'memory use of canary-1 is 520 MB, above 500 MB',
      actions: [],
      measured: {
        metric: 'container.memory-bytes',
        value: 520e6,
        threshold: 500e6,
        unit: 'bytes',
      },
      sinceMs: 200_000,
      ...about,
    });
  });

  it('names the side on which it is broken', () => {
    const idle = standingOf({
      subject: 'host-1',
      value: 1,
      rule: { metric: 'host.cpu-percent', comparison: 'below', threshold: 5 },
    });
    expect(factsOf(idle).headline).toBe('CPU use of host-1 is 1 %, below 5 %');
  });

  it('measures nothing where there is no data', () => {
    const facts = factsOf(standingOf({ value: undefined }));
    expect(facts.headline).toBe('memory use of canary-1 is not known');
    expect(facts).not.toHaveProperty('measured');
  });
});

test('of a rule that is kept again the value is said, beside its threshold', () => {
  expect(recoveryOf(standingOf({ state: 'kept', value: 300e6 }))).toEqual({
    headline: 'memory use of canary-1 is 300 MB again',
    measured: { metric: 'container.memory-bytes', value: 300e6, threshold: 500e6, unit: 'bytes' },
  });
});

describe('a rule is shown as near', () => {
  const isNear = (options: StandingOptions) => nearRules([standingOf(options)]).length > 0;
  const kept = (value: number | undefined, rule: StandingOptions['rule'] = {}) =>
    isNear({ state: 'kept', value, rule });

  it('from four fifths of the threshold on', () => {
    expect([kept(399e6), kept(400e6), kept(500e6)]).toEqual([false, true, true]);
  });

  it('from five quarters of it down, when it is broken below', () => {
    const rule = { comparison: 'below', threshold: 80 } as const;
    expect([kept(101, rule), kept(100, rule), kept(80, rule)]).toEqual([false, true, true]);
  });

  it('never for a value of 0 that must not be above 0', () => {
    expect(kept(0, { threshold: 0, clearAt: 0 })).toBe(false);
  });

  it.each(['pending', 'broken'] as const)('while it is %s, wherever the value is', (state) => {
    expect(isNear({ state, value: 1 })).toBe(true);
  });

  it('never without a value', () => {
    expect(isNear({ state: 'broken', value: undefined })).toBe(false);
  });

  it('with what people need to know of it', () => {
    expect(nearRules([standingOf({ value: 450e6, state: 'pending' })])).toEqual([
      {
        rule: 'container-memory',
        subject: 'canary-1',
        metric: 'container.memory-bytes',
        value: 450e6,
        threshold: 500e6,
        state: 'pending',
      },
    ]);
  });
});
