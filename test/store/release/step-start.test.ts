import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import {
  pauseRollout,
  resumeRollout,
  retryRollout,
} from '../../../runtime/core/release/rollout-transitions.ts';
import { ejectCanary, setAffinity } from '../../../runtime/core/release/transitions.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { test as base } from '../../support/fixtures.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const plan = [5, 25].map((weight) => ({
  weight,
  minDurationMs: 60_000,
  deadlineMs: 600_000,
  onDeadline: 'abort' as const,
}));

const rolling: ReleaseDocument = releaseDocument({
  rolloutId: 'r2',
  phase: 'progressing',
  plan,
  weight: 5,
  stepStartedAt: 1_000,
  members: [member('stable-1', 20_000), member('canary-1', 20_001)],
});

/** `store`: the store of a rollout whose first step began long ago. */
const test = base.extend('store', async ({ redis }) => {
  await redis.set(redisKeys('shop').release, JSON.stringify(rolling));
  return new ReleaseStore(redis, 'shop', { by: 'test' });
});

/** True if the step of the stored document begins with its last change. */
async function beganNow(store: ReleaseStore): Promise<boolean> {
  const read = await store.read();
  if (read.kind !== 'found') throw new Error('there is no document');
  const { stepStartedAt, updatedAt } = read.document;
  return stepStartedAt === updatedAt;
}

test('a step keeps its start while its rollout goes on or is paused', async ({ store }) => {
  await store.change((document) => setAffinity(document, 'cookie'));
  expect(await beganNow(store)).toBe(false);
  await store.change((document) => pauseRollout(document, 'x'));
  expect(await beganNow(store)).toBe(false);
});

test('a step begins with the change that leads to it', async ({ store }) => {
  await store.change((document) => ({
    kind: 'changed',
    event: 'rollout-advanced',
    document: { ...document, step: 1, weight: 25 },
  }));
  expect(await beganNow(store)).toBe(true);
});

test('a step begins anew when its rollout is resumed or retried', async ({ store }) => {
  await store.change((document) => pauseRollout(document, 'x'));
  await store.change((document) => resumeRollout(document, 'x'));
  expect(await beganNow(store)).toBe(true);
  await store.change((document) => ejectCanary(document, 'x'));
  expect(await beganNow(store)).toBe(false);
  await store.change((document) => retryRollout(document, 'x'));
  expect(await beganNow(store)).toBe(true);
});

test('a step begins anew when its document is restored', async ({ store }) => {
  const { stepStartedAt, updatedAt } = await store.restore(rolling);
  expect(stepStartedAt).toBe(updatedAt);
});
