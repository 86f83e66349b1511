import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  hasActive,
  initialDocument,
  releaseDocumentSchema,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { allocatePort, nothingElsewhere } from '../../../runtime/core/release/port-allocation.ts';
import {
  activate,
  drain,
  eject,
  ejectCanary,
  inOrder,
  reinstate,
  release,
  reserve,
  setAffinity,
  setWeight,
  type Transition,
} from '../../../runtime/core/release/transitions.ts';
import { beginRollout } from '../../../runtime/core/release/rollout-transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

function wanted(id: string, host = 'host-1') {
  return {
    id,
    track: id.startsWith('c') ? 'canary' : 'stable',
    version: '1',
    host,
    address: host === 'host-1' ? '10.0.0.1' : '10.0.0.2',
  } as const;
}

function changed(transition: Transition): ReleaseDocument {
  if (transition.kind !== 'changed')
    throw new Error(`expected a change: ${JSON.stringify(transition)}`);
  return transition.document;
}

const both = releaseDocument({
  members: [member('stable-1', 20_000), member('stable-2', 20_001), member('canary-1', 20_002)],
  weight: 25,
});

test('a reservation takes the first free port of its host and keeps it when repeated', () => {
  const one = changed(reserve(initialDocument('shop'), wanted('s1')));
  const two = changed(reserve(one, wanted('s2')));
  const far = changed(reserve(two, wanted('s3', 'host-2')));
  const place = { host: 'host-1', address: '10.0.0.1', elsewhere: nothingElsewhere };
  const port = allocatePort(initialDocument('shop'), place) ?? Number.NaN;
  expect(far.members.map(({ url }) => url)).toEqual([
    `http://10.0.0.1:${port}`,
    `http://10.0.0.1:${port + 1}`,
    `http://10.0.0.2:${port}`,
  ]);
  const freed = changed(release(far, 's1'));
  expect(changed(reserve(freed, wanted('s4'))).members.at(-1)?.url).toBe(`http://10.0.0.1:${port}`);
  expect(reserve(far, wanted('s1'))).toEqual({ kind: 'unchanged' });
});

test('an id that is reserved as something else is refused', () => {
  const document = changed(reserve(initialDocument('shop'), wanted('s1')));
  expect(reserve(document, { ...wanted('s1'), version: '2' })).toEqual({
    kind: 'refused',
    rule: `member s1 is already reserved as stable 1 at ${document.members[0]?.url} on host host-1`,
  });
});

test('a reservation of an invalid member is refused with every field', () => {
  const wrong = { ...wanted('s1'), id: 'S 1', version: '' };
  expect(reserve(initialDocument('shop'), wrong)).toMatchObject({
    kind: 'refused',
    rule: expect.stringMatching(/^id must be 1 to 63 .*; version /),
  });
});

test('a canary member that is only reserved is not ejected, so that reinstating never activates it', () => {
  const deploying = {
    ...both,
    members: [...both.members, member('canary-2', 20_003, { state: 'reserved' })],
  };
  const ejected = changed(ejectCanary(deploying, 'errors'));
  expect(ejected.members.at(-1)?.state).toBe('reserved');
});

test('a plan with an invalid weight is refused', () => {
  const plan = [{ weight: 101, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' } as const];
  expect(beginRollout(both, 'r2', plan)).toEqual({
    kind: 'refused',
    rule: 'rollout r2: weight must be from 0 to 100, got 101',
  });
});

test('a host without a free port is refused', () => {
  const members = Array.from({ length: 1_000 }, (_, index) =>
    member(`stable-${index}`, 20_000 + index),
  );
  expect(reserve(releaseDocument({ members }), wanted('s1'))).toMatchObject({
    kind: 'refused',
    rule: 'members must be at most 1000, got one more',
  });
});

test('draining the last canary member sets the weight to 0 in the same change', () => {
  expect(changed(drain(both, 'canary-1'))).toMatchObject({ weight: 0 });
});

test('the last active stable member cannot be ejected', () => {
  const one = changed(eject(both, 'stable-1', 'slow'));
  expect(eject(one, 'stable-2', 'slow')).toEqual({
    kind: 'refused',
    rule: 'member stable-2 is the last active stable member and cannot be ejected',
  });
});

test('a canary without an active member gets no share', () => {
  const alone = releaseDocument({ members: [member('stable-1', 20_000)] });
  expect(setWeight(alone, 10)).toEqual({
    kind: 'refused',
    rule: 'weight must be 0 without an active canary member, got 10',
  });
  expect(setWeight(alone, 0)).toEqual({ kind: 'unchanged' });
});

test.each([
  [101, 'weight must be from 0 to 100, got 101'],
  [-1, 'weight must be from 0 to 100, got -1'],
  [25.123, 'weight must have two decimals at most, got 25.123'],
  [Number.NaN, 'weight must be from 0 to 100, got NaN'],
])('a weight of %d is refused', (weight, rule) => {
  expect(setWeight(both, weight)).toEqual({ kind: 'refused', rule });
});

test('ejecting the canary sets the weight to 0, ejects its members and ends the rollout', () => {
  const rolling = changed(
    beginRollout(both, 'r2', [
      { weight: 5, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' },
    ]),
  );
  expect(rolling).toMatchObject({ rolloutId: 'r2', weight: 5, phase: 'progressing', step: 0 });
  const ejected = changed(ejectCanary(rolling, 'errors', { eValue: 21 }));
  expect(ejected).toMatchObject({
    weight: 0,
    phase: 'aborted',
    reason: 'errors',
    evidence: { eValue: 21 },
  });
  expect(ejected.members.map(({ state }) => state)).toEqual(['active', 'active', 'ejected']);
  expect(ejectCanary(ejected, 'again')).toEqual({ kind: 'unchanged' });
  const back = changed(reinstate(ejected, undefined, 'fixed'));
  expect(back.members.at(-1)?.state).toBe('active');
  expect(back.weight).toBe(0);
});

test('an ejected member is not activated by accident', () => {
  const ejected = changed(eject(both, 'canary-1', 'errors'));
  expect(activate(ejected, 'canary-1')).toMatchObject({ kind: 'refused' });
});

test('one ejected member is reinstated by its id, and no other', () => {
  const members = [
    member('stable-1', 20_000),
    member('canary-1', 20_001, { state: 'ejected' }),
    member('canary-2', 20_002, { state: 'ejected' }),
    member('canary-3', 20_003, { state: 'draining' }),
  ];
  const document = releaseDocument({ members });
  const states = changed(reinstate(document, 'canary-1', 'fixed')).members.map(
    ({ state }) => state,
  );
  expect(states).toEqual(['active', 'active', 'ejected', 'draining']);
  expect(reinstate(document, 'stable-1', 'fixed')).toEqual({ kind: 'unchanged' });
  expect(reinstate(document, 'canary-3', 'fixed')).toEqual({
    kind: 'refused',
    rule: 'member canary-3 is draining, not ejected',
  });
  expect(reinstate(document, 'canary-9', 'fixed').kind).toBe('refused');
});

test('the canary is ejected if it has members, a share or a running rollout', () => {
  const stable = member('stable-1', 20_000);
  const canary = member('canary-1', 20_001);
  const kindOf = (overrides: Partial<ReleaseDocument>) =>
    ejectCanary(releaseDocument({ members: [stable], ...overrides }), 'bad').kind;
  expect(kindOf({})).toBe('unchanged');
  expect(kindOf({ members: [stable, canary] })).toBe('changed');
  expect(kindOf({ phase: 'progressing' })).toBe('changed');
  expect(kindOf({ weight: 5 })).toBe('changed');
});

test('a rollout that begins at weight 0 needs no canary', () => {
  const document = releaseDocument({ members: [member('stable-1', 20_000)] });
  expect(changed(beginRollout(document, 'r2', []))).toMatchObject({ weight: 0, step: 0 });
});

test('an active member is not released', () => {
  expect(release(both, 'stable-1')).toEqual({
    kind: 'refused',
    rule: 'member stable-1 is active; drain it first',
  });
});

test('an ejected member that is drained cannot be reinstated, because its container stops', () => {
  const ejected = changed(eject(both, 'canary-1', 'it fails'));
  const drained = changed(drain(ejected, 'canary-1'));
  expect(reinstate(drained, undefined, 'a person')).toEqual({ kind: 'unchanged' });
  expect(reinstate(drained, 'canary-1', 'a person')).toMatchObject({ kind: 'refused' });
});

test('a member that is gone can be drained and released again', () => {
  expect([drain(both, 'nobody'), release(both, 'nobody')]).toEqual([
    { kind: 'unchanged' },
    { kind: 'unchanged' },
  ]);
});

test('combined changes are made all or not at all', () => {
  const done = inOrder(
    both,
    (at) => setAffinity(at, 'cookie'),
    (at) => setWeight(at, 50),
  );
  expect(changed(done)).toMatchObject({ affinity: 'cookie', weight: 50 });
  expect(
    inOrder(
      both,
      (at) => setAffinity(at, 'cookie'),
      (at) => setWeight(at, 101),
    ).kind,
  ).toBe('refused');
  expect(inOrder(both, (at) => setWeight(at, 25))).toEqual({ kind: 'unchanged' });
});

const id = fc.constantFrom('s1', 's2', 's3', 'c1', 'c2');
const operation: fc.Arbitrary<(document: ReleaseDocument) => Transition> = fc.oneof(
  fc.tuple(id, fc.constantFrom('host-1', 'host-2')).map(
    ([which, host]) =>
      (document: ReleaseDocument) =>
        reserve(document, wanted(which, host)),
  ),
  ...[activate, drain, release].map((transition) =>
    id.map((which) => (document: ReleaseDocument) => transition(document, which)),
  ),
  id.map((which) => (document: ReleaseDocument) => eject(document, which, 'errors')),
  fc
    .option(id, { nil: undefined })
    .map((which) => (document: ReleaseDocument) => reinstate(document, which, 'fixed')),
  fc.constant((document: ReleaseDocument) => ejectCanary(document, 'errors')),
  fc
    .constantFrom('none', 'cookie')
    .map((kind) => (document: ReleaseDocument) => setAffinity(document, kind)),
  fc
    .integer({ min: -100, max: 10_100 })
    .map((hundredths) => (document: ReleaseDocument) => setWeight(document, hundredths / 100)),
  fc
    .nat({ max: 100 })
    .map(
      (weight) => (document: ReleaseDocument) =>
        beginRollout(document, `r${weight}`, [
          { weight, minDurationMs: 0, deadlineMs: 60_000, onDeadline: 'abort' },
        ]),
    ),
);

test('any changes in any order keep the document valid', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      let document = initialDocument('shop');
      for (const apply of operations) {
        const result = apply(document);
        if (result.kind !== 'changed') continue;
        expect(releaseDocumentSchema.safeParse(result.document).error).toBeUndefined();
        expect(apply(result.document).kind).not.toBe('changed');
        const ejecting = result.event === 'member-ejected' || result.event === 'canary-ejected';
        if (ejecting && hasActive(document, 'stable'))
          expect(hasActive(result.document, 'stable')).toBe(true);
        document = result.document;
      }
    }),
    { numRuns: 500 },
  );
});
