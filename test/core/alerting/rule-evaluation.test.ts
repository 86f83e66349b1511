import { describe, expect, it, test } from 'vitest';
import {
  detailsOf,
  nearRules,
  resolutionOf,
} from '../../../runtime/core/alerting/rule-evaluation.ts';
import { evaluationOf, type EvaluationOptions } from '../../support/evaluation.ts';

describe('what there is to say of a broken rule', () => {
  it('is the value, the threshold, since when and where', () => {
    const about = { host: 'host-1', member: 'canary-1', track: 'canary', version: '2' } as const;
    expect(detailsOf(evaluationOf({ about }))).toEqual({
      summary: 'memory use of canary-1 is 520 MB, above 500 MB',
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
    const idle = evaluationOf({
      subject: 'host-1',
      value: 1,
      rule: { metric: 'host.cpu-percent', comparison: 'below', threshold: 5 },
    });
    expect(detailsOf(idle).summary).toBe('CPU use of host-1 is 1%, below 5%');
  });

  it('measures nothing where there is no data', () => {
    const details = detailsOf(evaluationOf({ value: undefined }));
    expect(details.summary).toBe('memory use of canary-1 is not known');
    expect(details).not.toHaveProperty('measured');
  });
});

test('of a rule that is kept again the value is said, beside its threshold', () => {
  expect(resolutionOf(evaluationOf({ state: 'inactive', value: 300e6 }))).toEqual({
    summary: 'memory use of canary-1 is back at 300 MB',
    measured: { metric: 'container.memory-bytes', value: 300e6, threshold: 500e6, unit: 'bytes' },
  });
});

describe('a rule is shown as near', () => {
  const isNear = (options: EvaluationOptions) => nearRules([evaluationOf(options)]).length > 0;
  const kept = (value: number | undefined, rule: EvaluationOptions['rule'] = {}) =>
    isNear({ state: 'inactive', value, rule });

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

  it.each(['pending', 'firing'] as const)('while it is %s, wherever the value is', (state) => {
    expect(isNear({ state, value: 1 })).toBe(true);
  });

  it('never without a value', () => {
    expect(isNear({ state: 'firing', value: undefined })).toBe(false);
  });

  it('with what people need to know of it', () => {
    expect(nearRules([evaluationOf({ value: 450e6, state: 'pending' })])).toEqual([
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
