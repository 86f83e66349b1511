import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Verdict } from '../../../runtime/core/analysis/verdict.ts';
import {
  releaseDocumentSchema,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import {
  applyRollout,
  decideRollout,
  judgesPause,
} from '../../../runtime/core/analysis/rollout.ts';
import { pauseRollout } from '../../../runtime/core/release/rollout-transitions.ts';
import { activate } from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const minute = 60_000;
const step = { minDurationMs: minute, deadlineMs: 10 * minute, onDeadline: 'pause' } as const;

function rolling(overrides: Partial<ReleaseDocument> = {}): ReleaseDocument {
  return releaseDocument({
    phase: 'progressing',
    rolloutId: 'r2',
    weight: 5,
    plan: [5, 25, 100].map((weight) => ({ ...step, weight })),
    members: [member('stable-1', 20_000), member('canary-1', 20_001)],
    ...overrides,
  });
}

function verdict(kind: Verdict['kind']) {
  return { kind, sentence: `the canary is ${kind}` };
}

test.each([
  ['safe, too early', 'safe', minute - 1, { kind: 'stay' }],
  [
    'safe, long enough',
    'safe',
    minute,
    { kind: 'advance', step: 1, weight: 25, reason: 'step 1 was safe: the canary is safe' },
  ],
  ['inconclusive holds', 'inconclusive', 9 * minute, { kind: 'stay' }],
  [
    'inconclusive until the deadline',
    'inconclusive',
    10 * minute,
    { kind: 'pause', reason: 'step 1 was inconclusive until its deadline' },
  ],
  ['harmful at once', 'harmful', 0, { kind: 'abort', reason: 'the canary is harmful' }],
] as const)('a rollout decides on a step that is %s', (_what, kind, nowMs, decision) => {
  expect(decideRollout(rolling(), verdict(kind), nowMs)).toEqual(decision);
});

test('the age of a step is the time since it began', () => {
  const document = rolling({ stepStartedAt: 3 * minute });
  expect(decideRollout(document, verdict('safe'), 4 * minute - 1)).toEqual({ kind: 'stay' });
  expect(decideRollout(document, verdict('safe'), 4 * minute).kind).toBe('advance');
});

test('the reason counts steps from 1', () => {
  const reason = 'step 1 was safe: no request failed';
  const decision = { kind: 'advance', step: 1, weight: 25, reason } as const;
  expect(applyRollout(rolling(), decision, { kind: 'safe' })).toMatchObject({
    kind: 'changed',
    event: 'rollout-advanced',
    document: {
      step: 1,
      weight: 25,
      reason: 'rollout r2 at step 2 of 3, weight 25; step 1 was safe: no request failed',
      evidence: { kind: 'safe' },
    },
  });
});

test.each([
  [
    'continue',
    {
      kind: 'advance',
      step: 1,
      weight: 25,
      reason: 'step 1 was inconclusive until its deadline',
    },
  ],
  ['abort', { kind: 'abort', reason: 'step 1 was inconclusive until its deadline' }],
  ['pause', { kind: 'pause', reason: 'step 1 was inconclusive until its deadline' }],
] as const)('a step ends at its deadline as configured: %s', (onDeadline, decision) => {
  const document = rolling({
    plan: [
      { ...step, weight: 5, onDeadline },
      { ...step, weight: 25 },
    ],
  });
  expect(decideRollout(document, verdict('inconclusive'), 10 * minute)).toEqual(decision);
});

test('after the last step the canary is promoted, and succeeds when its members are gone', () => {
  const last = rolling({ step: 2, weight: 100 });
  const decision = decideRollout(last, verdict('safe'), minute);
  expect(decision).toEqual({ kind: 'promote', reason: 'step 3 was safe: the canary is safe' });
  const promoting = rolling({ phase: 'promoting', step: 2 });
  expect(decideRollout(promoting, verdict('safe'), minute)).toEqual({ kind: 'stay' });
  const gone = rolling({ phase: 'promoting', weight: 0, members: [member('stable-1', 20_000)] });
  expect(decideRollout(gone, verdict('inconclusive'), minute)).toEqual({ kind: 'succeed' });
});

test('a canary that is ejected member by member while it is promoted has not succeeded', () => {
  const ejected = member('canary-1', 20_001, { state: 'ejected' });
  const promoting = rolling({
    phase: 'promoting',
    weight: 0,
    members: [member('stable-1', 20_000)],
  });
  const members = [...promoting.members, ejected];
  expect(decideRollout({ ...promoting, members }, verdict('inconclusive'), 0)).toEqual({
    kind: 'abort',
    reason: 'no active canary member is left',
  });
  const draining = [...promoting.members, { ...ejected, state: 'draining' as const }];
  const stay = { kind: 'stay' };
  expect(decideRollout({ ...promoting, members: draining }, verdict('safe'), 0)).toEqual(stay);
});

test.each([
  ['safe', minute],
  ['inconclusive', 10 * minute],
] as const)('a rollout without an active canary pauses if the verdict is %s', (kind, nowMs) => {
  const gone = rolling({
    weight: 0,
    members: [member('stable-1', 20_000), member('canary-1', 20_001, { state: 'ejected' })],
    plan: [5, 25].map((weight) => ({ ...step, weight, onDeadline: 'continue' as const })),
  });
  expect(decideRollout(gone, verdict(kind), nowMs)).toEqual({
    kind: 'pause',
    reason: 'no active canary member is left',
  });
});

test.each(['progressing', 'paused'] as const)(
  'a rollout with steps that is %s is aborted once its canary is removed',
  (phase) => {
    const gone = rolling({ phase, weight: 0, members: [member('stable-1', 20_000)] });
    const decision = decideRollout(gone, verdict('inconclusive'), 0);
    expect(decision).toEqual({
      kind: 'abort',
      reason: 'the canary was removed before the end of its rollout',
    });
    expect(applyRollout(gone, decision, null)).toMatchObject({
      event: 'rollout-aborted',
      document: { phase: 'aborted' },
    });
  },
);

test('a rollout with steps pauses once its canary has lost its share', () => {
  const back = rolling({ weight: 0 });
  expect(decideRollout(back, verdict('inconclusive'), 0)).toEqual({
    kind: 'pause',
    reason: 'the canary lost its share of the traffic',
  });
});

test('a rollout at a weight that a person controls ends and pauses by nothing but a verdict', () => {
  const plan = [{ weight: 5, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' as const }];
  const stay = { kind: 'stay' };
  const gone = rolling({ plan, weight: 0, members: [member('stable-1', 20_000)] });
  expect(decideRollout(gone, verdict('inconclusive'), 9e9)).toEqual(stay);
  expect(decideRollout({ ...gone, phase: 'paused' }, verdict('inconclusive'), 9e9)).toEqual(stay);
  expect(decideRollout(rolling({ plan, weight: 0 }), verdict('inconclusive'), 9e9)).toEqual(stay);
});

test('the document remembers for as long as it is paused that the judge paused it', () => {
  const decision = { kind: 'pause', reason: 'step 1 was inconclusive until its deadline' } as const;
  const paused = applyRollout(rolling(), decision, { kind: 'inconclusive' });
  if (paused.kind !== 'changed') throw new Error('expected a change');
  expect(paused.document.reason).toBe(
    'rollout r2 paused at step 1 of 3: step 1 was inconclusive until its deadline',
  );
  expect(judgesPause(paused.document)).toBe(decision.reason);
  const later = activate(
    { ...paused.document, members: [member('canary-1', 20_001, { state: 'draining' })] },
    'canary-1',
  );
  expect(later.kind === 'changed' && judgesPause(later.document)).toBe(decision.reason);
  const resumed = { ...paused.document, phase: 'progressing' as const };
  const byPerson = pauseRollout(resumed, 'lunch');
  expect([resumed, byPerson.kind === 'changed' && byPerson.document].map(pauseOf)).toEqual([
    undefined,
    undefined,
  ]);
});

function pauseOf(document: ReleaseDocument | false): string | undefined {
  return document === false ? 'none' : judgesPause(document);
}

const phases = ['idle', 'progressing', 'paused', 'promoting', 'succeeded', 'aborted'] as const;

test.each(phases)('a harmful canary is ejected in phase %s', (phase) => {
  const document = rolling({ phase });
  const decision = decideRollout(document, verdict('harmful'), 0);
  const change = applyRollout(document, decision, { eValue: 41 });
  expect(change).toMatchObject({
    event: 'canary-ejected',
    document: { weight: 0, evidence: { eValue: 41 }, reason: 'the canary is harmful' },
  });
});

test('a rollout only moves forward by one step, and its document stays valid', () => {
  const cycles = fc.array(
    fc.record({
      kind: fc.constantFrom('safe' as const, 'inconclusive' as const, 'harmful' as const),
      afterMs: fc.nat({ max: 12 * minute }),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(cycles, (all) => {
      let document = rolling();
      let nowMs = 0;
      for (const { kind, afterMs } of all) {
        nowMs += afterMs;
        const change = applyRollout(document, decideRollout(document, verdict(kind), nowMs), null);
        if (change.kind !== 'changed') continue;
        const next = { ...change.document, stepStartedAt: nowMs };
        expect(releaseDocumentSchema.safeParse(next).error).toBeUndefined();
        expect([document.step, document.step + 1]).toContain(next.step);
        if (kind === 'harmful') expect(next.weight).toBe(0);
        document = next;
      }
    }),
  );
});
