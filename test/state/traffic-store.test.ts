import { expect, test } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { noCounts, type TrackCounts } from '../../runtime/decide/traffic.ts';
import { TrafficStore } from '../../runtime/state/traffic-store.ts';
import { clientOf } from '../support/redis-client.ts';
import { startRedis } from '../support/redis.ts';

function counts(requests: number, failures: number, latency: [number, number][]): TrackCounts {
  return { requests, failures, latency: new Map(latency) };
}

test('several proxies add up, per track and latency bin', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  const store = new TrafficStore(redis, 'shop');
  const one = {
    stable: counts(10, 1, [[3, 10]]),
    canary: counts(2, 2, [
      [3, 1],
      [7, 1],
    ]),
  };
  await store.add(20_000, one, { writer: 'proxy-1', sequence: 1 });
  await store.add(20_000, one, { writer: 'proxy-2', sequence: 1 });
  expect(await store.read(20_000, 30_000)).toEqual([
    {
      startMs: 20_000,
      stable: counts(20, 2, [[3, 20]]),
      canary: counts(4, 4, [
        [3, 2],
        [7, 2],
      ]),
    },
  ]);
});

test('a batch that is sent again counts once', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  const store = new TrafficStore(redis, 'shop');
  const batch = { stable: counts(5, 0, []), canary: noCounts };
  for (const sequence of [1, 1, 2, 1, 2])
    await store.add(0, batch, { writer: 'proxy-1', sequence });
  expect((await store.read(0, 10_000))[0]?.stable.requests).toBe(10);
});

test('buckets come oldest first, those without traffic too, and end by themselves', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  const store = new TrafficStore(redis, 'shop');
  await store.add(
    20_000,
    { stable: counts(1, 0, []), canary: noCounts },
    { writer: 'p', sequence: 1 },
  );
  const buckets = await store.read(5_000, 30_001);
  expect(buckets.map(({ startMs, stable }) => [startMs, stable.requests])).toEqual([
    [10_000, 0],
    [20_000, 1],
    [30_000, 0],
  ]);
  expect(await redis.ttl(redisKeys('shop').traffic(20_000))).toBeGreaterThan(7_000);
});
