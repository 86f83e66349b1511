import { expect } from 'vitest';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { RedisClock } from '../../../runtime/store/redis/redis-clock.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const fastByMs = 120_000;
const fast = () => Date.now() + fastByMs;

test("a process whose system's clock is 120 s fast has Redis' time", async ({ redis }) => {
  const clock = new RedisClock({ systemMs: fast });
  await clock.follow(redis);
  const before = Date.now();
  const now = clock.now();
  expect(Number.isInteger(now)).toBe(true);
  expect(now).toBeGreaterThan(before - 1_000);
  expect(now).toBeLessThan(Date.now() + 1_000);
  expect(Math.abs((clock.systemOffsetMs ?? 0) - fastByMs)).toBeLessThan(1_000);
  await clock.stop();
});

test("a step of the system's clock does not change the time", async ({ redis }) => {
  const system = { aheadMs: 0 };
  const monotonic = { now: 5_000 };
  const clock = new RedisClock({
    systemMs: () => Date.now() + system.aheadMs,
    monotonicMs: () => monotonic.now,
  });
  await clock.follow(redis);
  const before = clock.now();
  system.aheadMs = -3_600_000;
  monotonic.now += 7;
  expect(clock.now()).toBe(before + 7);
  await clock.stop();
});

test("without an answer the time is that of the system's clock, and its offset is unknown", async ({
  server,
}) => {
  await server.kill();
  const { url } = server;
  const redis = connectRedis({ url, name: 'perch-test', logger: silentLogger });
  const clock = new RedisClock({ systemMs: () => 42 });
  await clock.follow(redis);
  expect([clock.now(), clock.systemOffsetMs]).toEqual([42, undefined]);
  await clock.stop();
  redis.disconnect();
});

test('the clock is right as soon as Redis answers for the first time', async ({ server }) => {
  await server.stop();
  const { url } = server;
  const redis = connectRedis({ url, name: 'perch-test', logger: silentLogger });
  const clock = new RedisClock({ systemMs: fast });
  await clock.follow(redis);
  expect(clock.systemOffsetMs).toBeUndefined();
  await server.start();
  await until(() => clock.systemOffsetMs !== undefined, { what: 'the offset' });
  expect(clock.now()).toBeLessThan(Date.now() + 1_000);
  await clock.stop();
  redis.disconnect();
});

test('the time goes on while Redis does not answer', async ({ server }) => {
  using redis = await clientOf(server);
  const monotonic = { now: 0 };
  const clock = new RedisClock({ monotonicMs: () => monotonic.now });
  await clock.follow(redis);
  const before = clock.now();
  await server.kill();
  monotonic.now += 60_000;
  expect(clock.now()).toBe(before + 60_000);
  await clock.stop();
});
