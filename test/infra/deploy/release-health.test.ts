import { expect, test } from 'vitest';
import {
  abortDoubt,
  membersIn,
  newProblems,
  parseStatus,
} from '../../../infra/deploy/release-health.ts';
import { canary, healthy, release, stable } from './statuses.ts';

const ejected = {
  ...release,
  phase: 'aborted',
  members: [stable, { ...canary, state: 'ejected' }],
};

const problemsOf = (status: unknown, before: readonly string[] = []) =>
  newProblems(parseStatus(JSON.stringify(status)), before);

test('a release is healthy if its members are active and healthy', () => {
  expect(problemsOf(healthy)).toEqual([]);
});

test.each([
  ['it does not exist', { ...healthy, release: null }, ['there is no release']],
  [
    'it has no stable member',
    { ...healthy, release: { ...release, members: [canary] } },
    ['no stable member is active'],
  ],
  [
    'its canary was ejected',
    { ...healthy, release: ejected },
    ['rollout r1 was aborted', 'member canary-0 was ejected'],
  ],
  [
    'a proxy finds an active member unhealthy',
    { ...healthy, proxies: [{ id: 'p', memberHealth: { 'stable-0': 'unhealthy' } }] },
    ['member stable-0 is unhealthy'],
  ],
])('a release has a problem if %s', (_name, status, expected) => {
  expect(problemsOf(status)).toEqual(expected);
});

test('an update is not responsible for a canary that was ejected before it, but for the next one', () => {
  const before = problemsOf({ ...healthy, release: ejected });
  expect(problemsOf({ ...healthy, release: ejected }, before)).toEqual([]);
  const next = { ...canary, id: 'canary-1', state: 'ejected' };
  const again = { ...ejected, rolloutId: 'r2', members: [...ejected.members, next] };
  expect(problemsOf({ ...healthy, release: again }, before)).toEqual([
    'rollout r2 was aborted',
    'member canary-1 was ejected',
  ]);
});

test('a promotion goes back if its canary was ejected before the update, which is not to blame', () => {
  const doubtOf = (status: unknown) => abortDoubt(parseStatus(JSON.stringify(status)));
  expect(doubtOf({ ...healthy, release: ejected })).toBe('rollout r1 was aborted');
  expect(doubtOf(healthy)).toBeUndefined();
  expect(doubtOf({ ...healthy, release: null })).toBeUndefined();
});

test('the logs of a member are wanted that was ejected, is unhealthy, or was drained as it was judged', () => {
  const drained = 'perch: member stable-2 was drained: 5 of its 5 requests failed, against 0 of 20';
  const problems = `member canary-0 was ejected; member stable-0 is unhealthy; ${drained}`;
  expect(membersIn(problems)).toEqual(['canary-0', 'stable-0', 'stable-2']);
});

test('a release without a stable member has a problem, even if it had none before the update', () => {
  expect(problemsOf({ ...healthy, release: null }, ['there is no release'])).toHaveLength(1);
});
