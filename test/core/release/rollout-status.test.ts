import { expect, test } from 'vitest';
import { stepStatus } from '../../../runtime/core/release/rollout-status.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const minute = 60_000;

const rolling = releaseDocument({
  phase: 'progressing',
  step: 1,
  stepStartedAt: 100 * minute,
  weight: 25,
  plan: [
    { weight: 5, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' },
    { weight: 25, minDurationMs: 10 * minute, deadlineMs: 30 * minute, onDeadline: 'abort' },
    { weight: 50, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' },
  ],
  members: [member('canary-1', 20_000)],
});

test.each([
  [100, 10, 30],
  [104, 6, 26],
  [115, 0, 15],
  [131, 0, 0],
  // A clock that is behind that of Redis.
  [99, 10, 30],
])('after minute %d, %d minutes are left at least, and %d to the deadline', (at, least, left) => {
  expect(stepStatus(rolling, at * minute)).toMatchObject({
    number: 2,
    leastLeftMs: least * minute,
    deadline: { at: 130 * minute, leftMs: left * minute, outcome: 'abort' },
    nextWeight: 50,
  });
});

test('a step without a deadline holds, and the last one is followed by no weight', () => {
  const last = stepStatus({ ...rolling, step: 2 }, 100 * minute);
  expect(last).toMatchObject({ number: 3, deadline: null, nextWeight: null });
});

test.each(['idle', 'paused', 'promoting', 'succeeded', 'aborted'] as const)(
  'no time runs in phase %s',
  (phase) => {
    expect(stepStatus({ ...rolling, phase }, 100 * minute)).toBeUndefined();
  },
);
