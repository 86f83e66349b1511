import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

describe('Lease', () => {
  let server: TestRedis;
  let redis: Redis;
  const lease = (holder: string, ttlMs = 60_000) => new Lease(redis, 'shop', { holder, ttlMs });

  beforeAll(async () => {
    server = await startRedis();
    redis = await clientOf(server);
  });
  beforeEach(async () => void (await redis.flushall()));
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('belongs to the first who asks, and to nobody else meanwhile', async () => {
    expect(await lease('a').hold()).toBe(1);
    expect(await lease('b').hold()).toBeUndefined();
  });

  it('keeps its epoch while its holder renews it, for a whole TTL from then', async () => {
    const held = lease('a');
    await held.hold();
    await redis.pexpire(redisKeys('shop').leader, 10_000);
    expect(await held.hold()).toBe(1);
    expect(await redis.pttl(redisKeys('shop').leader)).toBeGreaterThan(10_000);
  });

  it('gives every new holding a higher epoch, also to one who had it before', async () => {
    await lease('a').hold();
    await redis.del(redisKeys('shop').leader);
    expect(await lease('b').hold()).toBe(2);
    await redis.del(redisKeys('shop').leader);
    expect(await lease('a').hold()).toBe(3);
  });

  it('can be given up by its holder only', async () => {
    await lease('a').hold();
    await lease('b').release();
    expect(await lease('b').hold()).toBeUndefined();
    await lease('a').release();
    expect(await lease('b').hold()).toBe(2);
  });

  it('goes to exactly one of many who ask at once', async () => {
    const asked = Array.from({ length: 50 }, (_, index) => lease(`m${index}`).hold());
    const epochs = await Promise.all(asked);
    expect(epochs.filter((epoch) => epoch !== undefined)).toEqual([1]);
  });
});
