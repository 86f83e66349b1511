import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storedOpinionSchema, type Opinion } from '../../../runtime/core/analysis/judge-status.ts';
import { nearRules } from '../../../runtime/core/alerting/rule-evaluation.ts';
import { standingOf } from '../../support/standing.ts';
import { verdictOn } from '../../support/verdict.ts';

const arm = fc
  .nat({ max: 500 })
  .chain((requests) =>
    fc.nat({ max: requests }).map((failures) => ({ requests, failures, latency: new Map() })),
  );

test('what the leader writes is what others read, whatever the evidence', () => {
  fc.assert(
    fc.property(
      arm,
      arm,
      fc.option(fc.double({ min: 1, max: 1e6, noNaN: true }), { nil: undefined }),
      (stable, canary, slowAboveMs) => {
        const verdict = verdictOn([{ startMs: 0, weight: 10, stable, canary }], { slowAboveMs });
        const near = nearRules([standingOf({ state: 'pending' })]);
        const opinion: Opinion = { at: 1, leader: 'monitor-1', verdict, near };
        expect(storedOpinionSchema.parse(JSON.parse(JSON.stringify(opinion)))).toEqual(opinion);
      },
    ),
  );
});

test('without a canary on trial there is no verdict', () => {
  const opinion: Opinion = { at: 1, leader: 'monitor-1', verdict: null, near: [] };
  expect(storedOpinionSchema.parse(opinion)).toEqual(opinion);
});
