import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';
import { TrafficFlush } from '../../../runtime/proxy/redis/traffic-flush.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const commandTimeoutMs = 100;

test('the flushes of several proxies add their counts', async ({ redis }) => {
  const proxies = ['a', 'b'].map((writer) => flushing(redis, writer));
  for (const { counter } of proxies) counter.count({ weight: 10 }, 'canary', 'failed', 5);
  await until(async () => (await requests(redis, 'canary')) === 2);
  for (const { flush } of proxies) await flush.stop();
  const [bucket] = await new TrafficStore(redis, 'shop').read(0, 1);
  expect(bucket?.canary).toMatchObject({ requests: 2, failures: 2 });
});

test('a flush adds the last counts when it stops', async ({ redis }) => {
  const { counter, flush } = flushing(redis, 'a', 3_600_000);
  counter.count({ weight: 10 }, 'stable', 'served', 5);
  await flush.stop();
  expect(await requests(redis, 'stable')).toBe(1);
});

test('each request counts once even if Redis is paused during a flush', async ({ server }) => {
  using redis = await clientOf(server, { commandTimeoutMs });
  const { counter, flush } = flushing(redis, 'a');
  for (let round = 1; round <= 5; round += 1) {
    counter.count({ weight: 10 }, 'stable', 'served', 5);
    server.pause();
    counter.count({ weight: 10 }, 'stable', 'served', 5);
    await until(() => counter.batches().length > 0);
    // Commands time out meanwhile that Redis executes after it resumes.
    await expect(redis.ping()).rejects.toThrow('timed out');
    server.resume();
    await until(async () => (await requests(redis, 'stable').catch(() => 0)) === 2 * round);
  }
  await flush.stop();
  expect(await requests(redis, 'stable')).toBe(10);
});

test('a flush adds counts later that came while Redis was unavailable', async ({ server }) => {
  using redis = await clientOf(server, { commandTimeoutMs });
  const { counter, flush } = flushing(redis, 'a');
  await server.kill();
  for (let count = 0; count < 100; count += 1) counter.count({ weight: 10 }, 'stable', 'served', 5);
  await until(() => redis.status !== 'ready');
  await server.start();
  await until(async () => (await requests(redis, 'stable').catch(() => 0)) === 100);
  await flush.stop();
  expect(await requests(redis, 'stable')).toBe(100);
});

function flushing(redis: Redis, writer: string, intervalMs = 5) {
  const counter = new TrafficCounter(() => 0);
  const store = new TrafficStore(redis, 'shop');
  return { counter, flush: new TrafficFlush({ counter, store, writer, logger, intervalMs }) };
}

async function requests(redis: Redis, track: 'stable' | 'canary'): Promise<number> {
  const [bucket] = await new TrafficStore(redis, 'shop').read(0, 1);
  return bucket?.[track].requests ?? 0;
}
