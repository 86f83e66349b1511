import { expect, test } from 'vitest';
import { foreignCanaries } from '../../../infra/deploy/foreign-canaries.ts';
import { parseStatus, promotionDoubt } from '../../../infra/deploy/release-health.ts';
import { canary, healthy, release, stable } from './statuses.ts';

const statusOf = (details: object) =>
  parseStatus(JSON.stringify({ ...healthy, release: { ...release, ...details } }));

test('canary members that the stack did not make belong to another one, in whatever state', () => {
  const ejected = { ...canary, id: 'canary-0-other', state: 'ejected' };
  const status = statusOf({ members: [stable, canary, ejected] });
  expect(foreignCanaries(status, new Set(['stable-0', 'canary-0']))).toEqual(['canary-0-other']);
  expect(foreignCanaries({ release: null }, new Set())).toEqual([]);
});

test('a promotion is complete once only its version serves, the canary is gone and the rollout has succeeded', () => {
  const promoted = { ...stable, version: '2' };
  const old = { ...stable, id: 'stable-1', version: '1' };
  const doubt = (details: object) => promotionDoubt(statusOf(details), '2');
  expect(doubt({ members: [promoted, old] })).toBe('stable member stable-1 runs 1, not 2');
  expect(doubt({ members: [promoted, canary] })).toBe('canary member canary-0 is left');
  expect(doubt({ members: [promoted] })).toBe('rollout r1 is progressing, not succeeded');
  const drained = { ...old, state: 'draining' };
  expect(doubt({ members: [promoted, drained], phase: 'succeeded' })).toBeUndefined();
});
