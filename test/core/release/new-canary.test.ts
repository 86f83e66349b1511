import { expect, test } from 'vitest';
import { beginRollout } from '../../../runtime/core/release/rollout-transitions.ts';
import { activate } from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const plan = [5, 25, 100].map((weight) => ({
  weight,
  minDurationMs: 60_000,
  deadlineMs: 600_000,
  onDeadline: 'pause' as const,
}));

const rolling = releaseDocument({
  phase: 'progressing',
  rolloutId: 'r2',
  step: 1,
  weight: 25,
  plan,
  members: [member('stable-1', 20_000), member('canary-1', 20_002)],
  evidence: { kind: 'safe' },
});

test('a member of another version gets no share that the version before has earned', () => {
  const next = member('canary-3', 20_004, { version: '3', state: 'reserved' });
  const both = { ...rolling, members: [...rolling.members, next] };
  const change = activate(both, 'canary-3');
  expect(change).toMatchObject({
    event: 'member-activated',
    document: {
      phase: 'paused',
      weight: 5,
      evidence: null,
      reason:
        'activated canary member canary-3; its version is new, so rollout r2 pauses at step 2 of 3, weight 5',
    },
  });
  if (change.kind !== 'changed') throw new Error('expected a change');
  expect(beginRollout(change.document, 'r3', plan)).toMatchObject({
    document: { phase: 'progressing', step: 0 },
  });
});

test.each([
  ['of the same version', { version: '1' }, {}],
  ['of a rollout without steps', { version: '3' }, { plan: plan.slice(0, 1).map(withoutTimes) }],
  ['after the rollout', { version: '3' }, { phase: 'succeeded' as const }],
  ['of the stable track', { version: '3', track: 'stable' as const }, {}],
])('another member %s changes no share', (_what, overrides, document) => {
  const next = member('canary-3', 20_004, { state: 'reserved', ...overrides });
  const before = { ...rolling, step: 0, ...document, members: [...rolling.members, next] };
  const { phase, weight } = before;
  expect(activate(before, 'canary-3')).toMatchObject({ document: { phase, weight } });
});

function withoutTimes(step: (typeof plan)[number]) {
  return { ...step, minDurationMs: 0, deadlineMs: null };
}
