import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { hasJudge, Lease } from '../../../runtime/store/judge/lease.ts';
import { test } from '../../support/fixtures.ts';
import { verdictOn } from '../../support/judge/verdict.ts';

test('the lease belongs to its first holder, and meanwhile to no other', async ({ redis }) => {
  expect(await leaseOf(redis, 'a').hold()).toBe(1);
  expect(await leaseOf(redis, 'b').hold()).toBeUndefined();
});

test('a renewed lease keeps its epoch and lasts a whole TTL again', async ({ redis }) => {
  const held = leaseOf(redis, 'a');
  await held.hold();
  await redis.pexpire(redisKeys('shop').leader, 10_000);
  expect(await held.hold()).toBe(1);
  expect(await redis.pttl(redisKeys('shop').leader)).toBeGreaterThan(10_000);
});

test('every new lease has a higher epoch, even for a former holder', async ({ redis }) => {
  await leaseOf(redis, 'a').hold();
  await redis.del(redisKeys('shop').leader);
  expect(await leaseOf(redis, 'b').hold()).toBe(2);
  await redis.del(redisKeys('shop').leader);
  expect(await leaseOf(redis, 'a').hold()).toBe(3);
});

test('a service has a judge while a leader writes its status', async ({ redis }) => {
  const { verdict } = redisKeys('shop');
  await redis.set(verdict, JSON.stringify({ verdict: null }));
  expect(await hasJudge(redis, 'shop')).toBe(false);
  await leaseOf(redis, 'a').hold();
  expect(await hasJudge(redis, 'shop')).toBe(true);
  const evidence = { rule: 'none', harmfulFrom: { errors: 40, latency: 44, rejections: 400 } };
  await redis.set(verdict, JSON.stringify({ verdict: { kind: 'inconclusive', evidence } }));
  expect(await hasJudge(redis, 'shop')).toBe(true);
  await redis.set(verdict, JSON.stringify({ verdict: verdictOn([]) }));
  expect(await hasJudge(redis, 'shop')).toBe(true);
  await redis.del(verdict);
  expect(await hasJudge(redis, 'shop')).toBe(false);
});

test('a leader of release 0.1, which cannot read the counts of today, is no judge', async ({
  redis,
}) => {
  await leaseOf(redis, 'a').hold();
  const evidence = { rule: 'none', eValues: { errors: 1, latency: 1 }, harmfulFrom: 40 };
  const status = { verdict: { kind: 'inconclusive', sentence: '', evidence } };
  await redis.set(redisKeys('shop').verdict, JSON.stringify(status));
  expect(await hasJudge(redis, 'shop')).toBe(false);
});

test('only its holder can release a lease', async ({ redis }) => {
  await leaseOf(redis, 'a').hold();
  await leaseOf(redis, 'b').release();
  expect(await leaseOf(redis, 'b').hold()).toBeUndefined();
  await leaseOf(redis, 'a').release();
  expect(await leaseOf(redis, 'b').hold()).toBe(2);
});

test('exactly one of many concurrent callers gets the lease', async ({ redis }) => {
  const attempts = Array.from({ length: 50 }, (_, index) => leaseOf(redis, `m${index}`).hold());
  const epochs = await Promise.all(attempts);
  expect(epochs.filter((epoch) => epoch !== undefined)).toEqual([1]);
});

function leaseOf(redis: Redis, holder: string): Lease {
  return new Lease(redis, 'shop', { holder, ttlMs: 60_000 });
}
