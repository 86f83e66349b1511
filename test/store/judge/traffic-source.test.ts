import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Redis } from 'ioredis';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { TrafficSource } from '../../../runtime/store/judge/traffic-source.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.ts';

let server: TestRedis;
let redis: Redis;
let source: TrafficSource;
let asked: number[];
let sequence = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = await clientOf(server);
});
beforeEach(async () => {
  await redis.flushall();
  const store = new TrafficStore(redis, 'shop');
  asked = [];
  source = new TrafficSource({
    read: (fromMs, toMs) => {
      asked.push(fromMs);
      return store.read(fromMs, toMs);
    },
  });
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

async function add(startMs: number, ...weights: number[]): Promise<void> {
  const strata = weights.map((weight) => ({
    weight,
    stable: { ...noCounts, requests: 1 },
    canary: noCounts,
  }));
  sequence += 1;
  await new TrafficStore(redis, 'shop').add(startMs, strata, { writer: 'proxy-1', sequence });
}

async function read(nowMs: number): Promise<[startMs: number, weight: unknown, stable: number][]> {
  const buckets = await source.read(0, nowMs);
  return buckets.map(({ startMs, weight, stable }) => [startMs, weight, stable.requests]);
}

test('a settled bucket is read once, with every stratum, and a growing one each time', async () => {
  await add(0, 5, 50);
  await add(100_000, 50);
  const before = await read(105_000);
  await add(100_000, 50);
  expect(await read(106_000)).toEqual([...before.slice(0, 2), [100_000, 50, 2]]);
  expect(before).toEqual([
    [0, 5, 1],
    [0, 50, 1],
    [100_000, 50, 1],
  ]);
  expect(asked).toEqual([0, 50_000]);
});

test('a bucket that settled without traffic is not read again either', async () => {
  await read(105_000);
  await read(106_000);
  expect(asked).toEqual([0, 50_000]);
});

test('counts that arrive late are found within a minute', async () => {
  await add(0, 5);
  await read(105_000);
  await add(0, 5);
  expect(await read(164_999)).toEqual([[0, 5, 1]]);
  expect(await read(165_000)).toEqual([[0, 5, 2]]);
});

test('counts that arrive late are found at once after an outage', async () => {
  await add(0, 5);
  await read(105_000);
  await add(0, 5);
  source.reread();
  expect(await read(106_000)).toEqual([[0, 5, 2]]);
});

test('buckets before the requested time are forgotten', async () => {
  await add(0, 5);
  await add(10_000, 5);
  await source.read(0, 105_000);
  const later = await source.read(10_000, 106_000);
  expect(later.map(({ startMs }) => startMs)).toEqual([10_000]);
  await source.read(0, 107_000);
  expect(asked).toEqual([0, 50_000, 0]);
});
