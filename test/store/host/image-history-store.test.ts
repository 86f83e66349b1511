import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ImageHistoryStore } from '../../../runtime/store/host/image-history-store.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';

const record = { firstSeenMs: 1_000, usedMs: { 'shop/stable': 2_000 } };

test("the store keeps the newest history of each host, and not beyond the host's life", async ({
  redis,
}) => {
  const [one, two] = ['host-1', 'host-2'].map((host) => new ImageHistoryStore(redis, 'shop', host));
  expect(await one?.read()).toEqual({});
  await one?.write({ 'sha256:a': record, 'sha256:b': record });
  await one?.write({ 'sha256:b': record });
  expect(await one?.read()).toEqual({ 'sha256:b': record });
  expect(await two?.read()).toEqual({});
  expect(await redis.pttl(redisKeys('shop').images('host-1'))).toBeGreaterThan(0);
  await one?.write({});
  expect(await redis.exists(redisKeys('shop').images('host-1'))).toBe(0);
});

test('a record of another version of Perch is left out', async ({ redis }) => {
  const store = new ImageHistoryStore(redis, 'shop', 'host-1');
  await store.write({ 'sha256:a': record });
  await redis.hset(redisKeys('shop').images('host-1'), 'sha256:b', '{"seen":1}');
  expect(await store.read()).toEqual({ 'sha256:a': record });
});

test('a full Redis refuses the history and keeps the old one', async ({ server }) => {
  const redis = await clientOf(server);
  try {
    const store = new ImageHistoryStore(redis, 'shop', 'host-1');
    await store.write({ 'sha256:a': record });
    await redis.config('SET', 'maxmemory', '1');
    await expect(store.write({ 'sha256:b': record })).rejects.toMatchObject({
      code: 'redis_refused',
    });
    expect(await store.read()).toEqual({ 'sha256:a': record });
  } finally {
    redis.disconnect();
  }
});
