import { describe, expect, test } from 'vitest';
import {
  detailsOf,
  nearRules,
  resolutionOf,
} from '../../../runtime/core/alerting/rule-evaluation.ts';
import { evaluationOf, type EvaluationOptions } from '../../support/judge/evaluation.ts';

describe('the details of a firing rule', () => {
  test('the details of a firing rule are its value, threshold, start and place', () => {
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
      nextSteps: [
        'Compare with the other members: `docker stats --no-stream` on host-1',
        'If it keeps growing, it leaks: deploy the last good version, or restart the member',
      ],
    });
  });

  test('the details of a firing rule name its runbook', () => {
    const runbook = 'https://wiki.example.com/memory';
    expect(detailsOf(evaluationOf({ rule: { runbook } })).runbook).toBe(runbook);
    expect(detailsOf(evaluationOf())).not.toHaveProperty('runbook');
  });

  test('the summary of a firing rule names the side of the threshold', () => {
    const idle = evaluationOf({
      subject: 'host-1',
      value: 1,
      rule: { metric: 'host.cpu-percent', comparison: 'below', threshold: 5 },
    });
    expect(detailsOf(idle).summary).toBe('CPU use of host-1 is 1%, below 5%');
  });

  test('a rule that fires without data has no measured value', () => {
    const details = detailsOf(evaluationOf({ value: undefined }));
    expect(details.summary).toBe('memory use of canary-1 is not known');
    expect(details).not.toHaveProperty('measured');
  });
});

test('the details of a resolved rule are its value and its threshold', () => {
  expect(resolutionOf(evaluationOf({ state: 'inactive', value: 300e6 }))).toEqual({
    summary: 'memory use of canary-1 is back at 300 MB',
    measured: { metric: 'container.memory-bytes', value: 300e6, threshold: 500e6, unit: 'bytes' },
  });
});

describe('near rules', () => {
  const isNear = (options: EvaluationOptions) => nearRules([evaluationOf(options)]).length > 0;
  const isNearAt = (value: number | undefined, rule: EvaluationOptions['rule'] = {}) =>
    isNear({ state: 'inactive', value, rule });

  test('a rule is near from four fifths of its threshold', () => {
    expect([isNearAt(399e6), isNearAt(400e6), isNearAt(500e6)]).toEqual([false, true, true]);
  });

  test('a rule that fires below its threshold is near from five quarters of it', () => {
    const rule = { comparison: 'below', threshold: 80 } as const;
    expect([isNearAt(101, rule), isNearAt(100, rule), isNearAt(80, rule)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('a rule with the threshold 0 is not near at 0', () => {
    expect(isNearAt(0, { threshold: 0, clearAt: 0 })).toBe(false);
  });

  test.each(['pending', 'firing'] as const)(
    'a rule that is %s is listed with any value',
    (state) => {
      expect(isNear({ state, value: 1 })).toBe(true);
    },
  );

  test('a rule without a value is not listed', () => {
    expect(isNear({ state: 'firing', value: undefined })).toBe(false);
  });

  test('a near rule is listed with its subject, metric, value, threshold and state', () => {
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
