import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  releaseDocumentSchema,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import {
  abortRollout,
  beginRollout,
  pauseRollout,
  promoteRollout,
  resumeRollout,
  retryRollout,
} from '../../../runtime/core/release/rollout-transitions.ts';
import {
  drain,
  eject,
  ejectCanary,
  reinstate,
  release,
  setWeight,
  type Transition,
} from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const plan = [5, 25, 100].map((weight) => ({
  weight,
  minDurationMs: 60_000,
  deadlineMs: 600_000,
  onDeadline: 'pause' as const,
}));

/** Rollout r2 at its second step, with two stable members and two canaries. */
function rolling(overrides: Partial<ReleaseDocument> = {}): ReleaseDocument {
  return releaseDocument({
    phase: 'progressing',
    rolloutId: 'r2',
    step: 1,
    weight: 25,
    plan,
    members: [
      member('stable-1', 20_000),
      member('stable-2', 20_001),
      member('canary-1', 20_002),
      member('canary-2', 20_003),
    ],
    evidence: { kind: 'safe' },
    ...overrides,
  });
}

function changed(transition: Transition): ReleaseDocument {
  if (transition.kind !== 'changed')
    throw new Error(`expected a change: ${JSON.stringify(transition)}`);
  return transition.document;
}

const paused = rolling({ phase: 'paused' });
const aborted = changed(ejectCanary(rolling(), 'harm'));

test('a paused rollout keeps its step and weight, and says who needs what', () => {
  expect(pauseRollout(rolling(), 'the translators are late')).toMatchObject({
    event: 'rollout-paused',
    document: {
      phase: 'paused',
      step: 1,
      weight: 25,
      evidence: null,
      reason: 'rollout r2 paused at step 2 of 3: the translators are late',
    },
  });
});

test('a resumed rollout has the weight of its step again', () => {
  const lower = changed(setWeight(paused, 1));
  expect(resumeRollout(lower, 'fixed')).toMatchObject({
    event: 'rollout-resumed',
    document: {
      phase: 'progressing',
      step: 1,
      weight: 25,
      reason: 'rollout r2 resumed at step 2 of 3, weight 25: fixed',
    },
  });
});

test.each([
  ['progressing', rolling()],
  ['paused', paused],
])('a rollout that is %s skips the steps that are left, at its weight', (_phase, document) => {
  expect(promoteRollout(document, 'urgent')).toMatchObject({
    event: 'rollout-promoted',
    document: {
      phase: 'promoting',
      step: 1,
      weight: 25,
      reason: 'rollout r2 promoted at step 2 of 3: urgent',
    },
  });
});

test.each(['progressing', 'paused', 'promoting'] as const)(
  'an aborted rollout that was %s has no active canary member',
  (phase) => {
    const change = abortRollout(rolling({ phase }), 'Safari');
    expect(change).toMatchObject({
      event: 'canary-ejected',
      document: { phase: 'aborted', weight: 0, reason: 'rollout r2 aborted: Safari' },
    });
    expect(changed(change).members.map(({ state }) => state)).toEqual([
      'active',
      'active',
      'ejected',
      'ejected',
    ]);
  },
);

test('a retried rollout begins again at its first step, with its ejected canary and its own id', () => {
  const change = retryRollout(aborted, 'index added');
  expect(change).toMatchObject({
    event: 'rollout-retried',
    document: {
      rolloutId: 'r2',
      phase: 'progressing',
      step: 0,
      weight: 5,
      reason: 'rollout r2 begins again at weight 5: index added',
    },
  });
  expect(changed(change).members.every(({ state }) => state === 'active')).toBe(true);
  expect(beginRollout(changed(change), 'r2', plan)).toEqual({ kind: 'unchanged' });
});

test('a rollout whose canary members were ejected one by one can be retried', () => {
  const one = changed(eject(paused, 'canary-1', 'slow'));
  const none = changed(eject(one, 'canary-2', 'slow'));
  expect(changed(retryRollout(none, 'fixed'))).toMatchObject({ phase: 'progressing', step: 0 });
});

test('a retry that was cut off can be repeated, and a running rollout is not retried', () => {
  expect(retryRollout(rolling({ step: 0, weight: 5 }), 'x')).toEqual({ kind: 'unchanged' });
  expect(retryRollout(rolling(), 'x')).toEqual({
    kind: 'refused',
    rule: 'rollout r2 is progressing at step 2 of 3; abort it first',
  });
  expect(retryRollout(paused, 'x')).toEqual({
    kind: 'refused',
    rule: 'rollout r2 is paused at step 2 of 3; resume or abort it first',
  });
});

test('a rollout whose canary is gone is not retried', () => {
  const drained = ['canary-1', 'canary-2'].reduce(
    (document, id) => changed(drain(document, id)),
    aborted,
  );
  const rule =
    'rollout r2 cannot be retried: it has no canary member any more; release a new canary';
  expect(retryRollout(drained, 'x')).toEqual({ kind: 'refused', rule });
  const gone = ['canary-1', 'canary-2'].reduce(
    (document, id) => changed(release(document, id)),
    drained,
  );
  expect(retryRollout(gone, 'x')).toEqual({ kind: 'refused', rule });
});

test.each([
  ['resumed', resumeRollout],
  ['promoted', promoteRollout],
] as const)('a paused rollout without an active canary is not %s', (action, move) => {
  const none = paused.members.map((one) =>
    one.track === 'canary' ? { ...one, state: 'ejected' as const } : one,
  );
  expect(move({ ...paused, members: none, weight: 0 }, 'x')).toEqual({
    kind: 'refused',
    rule:
      `rollout r2 cannot be ${action}: it has no active canary member; ` +
      'retry it to begin again with the ejected ones, or abort it',
  });
});

const moves = {
  pause: pauseRollout,
  resume: resumeRollout,
  promote: promoteRollout,
  abort: abortRollout,
  retry: retryRollout,
};

test.each([
  ['pause', 'idle', 'no rollout has begun; only one that is progressing can be paused'],
  ['pause', 'promoting', 'rollout r2 is promoting; only one that is progressing can be paused'],
  ['pause', 'succeeded', 'rollout r2 is succeeded; only one that is progressing can be paused'],
  ['pause', 'aborted', 'rollout r2 is aborted; only one that is progressing can be paused'],
  ['resume', 'idle', 'no rollout has begun; only one that is paused can be resumed'],
  ['resume', 'promoting', 'rollout r2 is promoting; only one that is paused can be resumed'],
  ['resume', 'succeeded', 'rollout r2 is succeeded; only one that is paused can be resumed'],
  ['resume', 'aborted', 'rollout r2 is aborted; only one that is paused can be resumed'],
  [
    'promote',
    'idle',
    'no rollout has begun; only one that is progressing or paused can be promoted',
  ],
  [
    'promote',
    'aborted',
    'rollout r2 is aborted; only one that is progressing or paused can be promoted',
  ],
  [
    'abort',
    'idle',
    'no rollout has begun; only one that is progressing, paused or promoting can be aborted',
  ],
  [
    'abort',
    'succeeded',
    'rollout r2 is succeeded; only one that is progressing, paused or promoting can be aborted',
  ],
  ['retry', 'idle', 'no rollout has begun; only one that is aborted can be retried'],
  ['retry', 'promoting', 'rollout r2 is promoting; only one that is aborted can be retried'],
  ['retry', 'succeeded', 'rollout r2 is succeeded; only one that is aborted can be retried'],
] as const)('%s makes no sense in phase %s, and the rule says so', (name, phase, rule) => {
  expect(moves[name](rolling({ phase }), 'x')).toEqual({ kind: 'refused', rule });
});

test('a weight that a person sets pauses a rollout with steps, so that no step undoes it', () => {
  expect(setWeight(rolling(), 40)).toMatchObject({
    event: 'weight-set',
    document: {
      phase: 'paused',
      weight: 40,
      evidence: null,
      reason: 'weight set from 25 to 40, rollout r2 paused at step 2 of 3',
    },
  });
  const manual = [{ weight: 25, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' as const }];
  expect(setWeight(rolling({ plan: manual, step: 0 }), 40)).toMatchObject({
    document: { phase: 'progressing', reason: 'weight set from 25 to 40' },
  });
  expect(changed(setWeight(rolling(), 40, 'more data')).reason).toBe(
    'weight set from 25 to 40, rollout r2 paused at step 2 of 3: more data',
  );
  expect(setWeight(rolling(), 25)).toEqual({ kind: 'unchanged' });
});

test('any moves in any order keep the document valid, and each can be repeated', () => {
  const operation = fc.oneof(
    fc.constantFrom(...Object.values(moves)).map((move) => (at: ReleaseDocument) => move(at, 'x')),
    fc.constantFrom(0, 5, 40).map((weight) => (at: ReleaseDocument) => setWeight(at, weight)),
    fc.constantFrom('canary-1', 'canary-2').chain((id) =>
      fc.constantFrom<(at: ReleaseDocument) => Transition>(
        (at) => eject(at, id, 'x'),
        (at) => drain(at, id),
        (at) => reinstate(at, undefined, 'x'),
        (at) => release(at, id),
      ),
    ),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
      let document = rolling();
      for (const apply of operations) {
        const result = apply(document);
        if (result.kind !== 'changed') continue;
        expect(releaseDocumentSchema.safeParse(result.document).error).toBeUndefined();
        expect(apply(result.document).kind).not.toBe('changed');
        document = result.document;
      }
    }),
    { numRuns: 500 },
  );
});
