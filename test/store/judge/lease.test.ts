import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { test } from '../../support/fixtures.ts';

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
