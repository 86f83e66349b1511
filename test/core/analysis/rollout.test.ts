import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Verdict } from '../../../runtime/core/analysis/verdict.ts';
import {
  releaseDocumentSchema,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { applyRollout, decideRollout } from '../../../runtime/core/analysis/rollout.ts';
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
  ['safe, long enough', 'safe', minute, { kind: 'advance', step: 1, weight: 25 }],
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
  const transition = applyRollout(rolling(), { kind: 'advance', step: 1, weight: 25 }, null);
  expect(transition).toMatchObject({
    kind: 'changed',
    document: { step: 1, weight: 25, reason: 'rollout r2 at step 2 of 3, weight 25' },
  });
});

test.each([
  ['continue', { kind: 'advance', step: 1, weight: 25 }],
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
  expect(decision).toEqual({ kind: 'promote' });
  const promoting = rolling({ phase: 'promoting', step: 2 });
  expect(decideRollout(promoting, verdict('safe'), minute)).toEqual({ kind: 'stay' });
  const gone = rolling({ phase: 'promoting', weight: 0, members: [member('stable-1', 20_000)] });
  expect(decideRollout(gone, verdict('inconclusive'), minute)).toEqual({ kind: 'succeed' });
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
