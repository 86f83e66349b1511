import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import { noCounts, type TrackCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { test } from '../../support/fixtures.ts';

function counts(requests: number, failures: number, latency: [number, number][]): TrackCounts {
  return { ...noCounts, requests, failures, latency: new Map(latency) };
}

test('the counts of several proxies add up per stratum, track and latency bin', async ({
  redis,
}) => {
  const store = new TrafficStore(redis, 'shop');
  const strata = [
    {
      weight: 33.33,
      stable: counts(10, 1, [[3, 10]]),
      canary: counts(2, 2, [
        [3, 1],
        [7, 1],
      ]),
    },
    { weight: 0, stable: counts(4, 0, [[3, 4]]), canary: noCounts },
    { weight: excluded, stable: noCounts, canary: counts(1, 1, [[9, 1]]) },
  ] as const;
  await store.add(20_000, strata, { writer: 'proxy-1', sequence: 1 });
  await store.add(20_000, strata.slice(0, 2), { writer: 'proxy-2', sequence: 1 });
  expect(await store.read(20_000, 30_000)).toEqual([
    { startMs: 20_000, weight: 0, stable: counts(8, 0, [[3, 8]]), canary: noCounts },
    {
      startMs: 20_000,
      weight: 33.33,
      stable: counts(20, 2, [[3, 20]]),
      canary: counts(4, 4, [
        [3, 2],
        [7, 2],
      ]),
    },
    { startMs: 20_000, weight: excluded, stable: noCounts, canary: counts(1, 1, [[9, 1]]) },
  ]);
});

test('a batch that is sent again counts once', async ({ redis }) => {
  const store = new TrafficStore(redis, 'shop');
  const strata = [{ weight: 10, stable: counts(5, 0, []), canary: noCounts }];
  for (const sequence of [1, 1, 2, 1, 2])
    await store.add(0, strata, { writer: 'proxy-1', sequence });
  expect((await store.read(0, 10_000))[0]?.stable.requests).toBe(10);
});

test('the store returns buckets with traffic, oldest first, and they expire', async ({ redis }) => {
  const store = new TrafficStore(redis, 'shop');
  const strata = [{ weight: 0, stable: counts(1, 0, []), canary: noCounts }];
  for (const [index, start] of [30_000, 10_000, 0, 40_000].entries())
    await store.add(start, strata, { writer: 'p', sequence: index });
  const buckets = await store.read(5_000, 30_001);
  expect(buckets.map(({ startMs, stable }) => [startMs, stable.requests])).toEqual([
    [10_000, 1],
    [30_000, 1],
  ]);
  expect(await redis.ttl(redisKeys('shop').traffic(10_000))).toBeGreaterThan(7_000);
});
