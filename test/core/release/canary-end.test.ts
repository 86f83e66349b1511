import { expect, test } from 'vitest';
import { releaseEvidence } from '../../../runtime/core/ejection/ejection.ts';
import { canaryEnd } from '../../../runtime/core/release/canary-end.ts';
import { counts, times, verdictOn } from '../../support/judge/verdict.ts';

const canary = (at: number) => ({ at, track: 'canary' }) as const;
const stable = (at: number) => ({ at, track: 'stable' }) as const;

function event(at: number, type: string, detail?: object) {
  const base = { id: `${at}-0`, at, type, text: `${type} at ${at}`, by: 'monitor host-1' };
  return detail === undefined ? base : { ...base, detail: JSON.stringify(detail) };
}

test('a canary ends by the last event before the next canary, unless it came back', () => {
  const records = [canary(100), canary(200), stable(205), canary(300), canary(400)];
  const events = [
    event(50, 'canary-ejected'),
    event(150, 'canary-ejected'),
    event(210, 'canary-ejected'),
    event(220, 'rollout-retried'),
    event(230, 'rollout-promoted'),
    event(310, 'canary-ejected'),
    event(320, 'canary-reinstated'),
    event(410, 'weight-set'),
  ];
  const ends = records.map((record) => canaryEnd(record, records, events));
  expect(ends.map((end) => end?.text ?? end)).toEqual([
    'canary-ejected at 150',
    'rollout-promoted at 230',
    undefined,
    null,
    undefined,
  ]);
});

test('the end has the numbers that the judge decided on', () => {
  const verdict = verdictOn(times(30, counts(300, 0), counts(100, 20)));
  expect(verdict.kind).toBe('harmful');
  const detail = releaseEvidence(verdict);
  const records = [canary(100)];
  const end = canaryEnd(canary(100), [], [event(150, 'canary-ejected', detail)]);
  expect(canaryEnd(records[0] ?? canary(0), records, [])).toBeUndefined();
  const { judged } = end ?? {};
  expect(judged).toMatchObject({ rule: 'errors', unit: 'requests' });
  expect(judged?.canary).toEqual(verdict.evidence.harm?.canary);
  expect(judged?.stable).toEqual(verdict.evidence.harm?.stable);
  expect(judged?.sinceMs).toBe(verdict.evidence.sinceMs);
  expect(judged?.evidence).toBe(verdict.evidence.eValues.errors);
  expect(judged?.bound).toBe(verdict.evidence.harmfulFrom.errors);
});

test('a canary that is safe ends with the counts of its trial and the score of safety', () => {
  const verdict = verdictOn(times(60, counts(900, 0), counts(300, 0)));
  expect(verdict.kind).toBe('safe');
  const event150 = event(150, 'rollout-promoted', releaseEvidence(verdict));
  const { judged } = canaryEnd(canary(100), [], [event150]) ?? {};
  expect(judged?.rule).toBe('safety');
  expect(judged?.canary).toEqual({ all: verdict.evidence.canary.requests, bad: 0 });
  expect(judged?.evidence).toBeGreaterThanOrEqual(judged?.bound ?? Number.POSITIVE_INFINITY);
});

test.each([
  ['of a person', undefined],
  ['without a verdict', {}],
  ['of another version', { evidence: { rule: 'errors' } }],
  ['of an inconclusive verdict', releaseEvidence(verdictOn([]))],
])('an end %s has no numbers', (_name, detail) => {
  const end = canaryEnd(canary(100), [], [event(150, 'rollout-aborted', detail)]);
  expect(end).toMatchObject({ type: 'rollout-aborted' });
  expect(end?.judged).toBeUndefined();
});
