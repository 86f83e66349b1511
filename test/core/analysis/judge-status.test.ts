import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  storedJudgeStatusSchema,
  type JudgeStatus,
} from '../../../runtime/core/analysis/judge-status.ts';
import { nearRules } from '../../../runtime/core/alerting/rule-evaluation.ts';
import { evaluationOf } from '../../support/judge/evaluation.ts';
import { verdictOn } from '../../support/judge/verdict.ts';

const sample = fc
  .nat({ max: 500 })
  .chain((requests) =>
    fc.nat({ max: requests }).map((failures) => ({ ...noCounts, requests, failures })),
  );

test('the status that the leader writes is the one that others read, with any evidence', () => {
  fc.assert(
    fc.property(
      sample,
      sample,
      fc.option(fc.double({ min: 1, max: 1e6, noNaN: true }), { nil: undefined }),
      (stable, canary, slowAboveMs) => {
        const verdict = verdictOn([{ startMs: 0, weight: 10, stable, canary }], {
          slowAboveMs:
            slowAboveMs === undefined ? undefined : { stable: slowAboveMs, canary: slowAboveMs },
        });
        const near = nearRules([evaluationOf({ state: 'pending' })]);
        const judgeStatus: JudgeStatus = { at: 1, leader: 'monitor-1', verdict, near };
        expect(storedJudgeStatusSchema.parse(JSON.parse(JSON.stringify(judgeStatus)))).toEqual(
          judgeStatus,
        );
      },
    ),
  );
});

test('a status without a canary on trial has no verdict', () => {
  const judgeStatus: JudgeStatus = { at: 1, leader: 'monitor-1', verdict: null, near: [] };
  expect(storedJudgeStatusSchema.parse(judgeStatus)).toEqual(judgeStatus);
});
