import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { ProxyReports, type ProxyReport } from '../../../runtime/store/release/proxy-reports.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { ReportLoop } from '../../../runtime/proxy/redis/report-loop.ts';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';
import { TrafficFlush } from '../../../runtime/proxy/redis/traffic-flush.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => await server[Symbol.asyncDispose]());

beforeEach(async () => {
  redis = connectRedis({ url: server.url, name: 'test', logger, commandTimeoutMs: 100 });
  await until(() => redis.status === 'ready');
  await redis.flushall();
});
afterEach(() => redis.disconnect());

test('adds what several proxies counted', async () => {
  const proxies = ['a', 'b'].map((writer) => flushing(writer));
  for (const { counter } of proxies) counter.count(10, 'canary', true, 5);
  await until(async () => (await requests('canary')) === 2);
  for (const { flush } of proxies) await flush.stop();
  const [bucket] = await new TrafficStore(redis, 'shop').read(0, 1);
  expect(bucket?.canary).toMatchObject({ requests: 2, failures: 2 });
});

test('adds what is left when it stops', async () => {
  const { counter, flush } = flushing('a', 3_600_000);
  counter.count(10, 'stable', false, 5);
  await flush.stop();
  expect(await requests('stable')).toBe(1);
});

test('counts each request once though Redis stops answering in the middle', async () => {
  const { counter, flush } = flushing('a');
  for (let round = 1; round <= 5; round += 1) {
    counter.count(10, 'stable', false, 5);
    server.pause();
    counter.count(10, 'stable', false, 5);
    await until(() => counter.batches().length > 0);
    // Long enough for commands to time out that Redis will carry out when it goes on.
    await expect(redis.ping()).rejects.toThrow('timed out');
    server.resume();
    await until(async () => (await requests('stable').catch(() => 0)) === 2 * round);
  }
  await flush.stop();
  expect(await requests('stable')).toBe(10);
});

test('adds later what it counted while Redis was away', async () => {
  const { counter, flush } = flushing('a');
  await server.kill();
  for (let count = 0; count < 100; count += 1) counter.count(10, 'stable', false, 5);
  await until(() => redis.status !== 'ready');
  await server.start();
  await until(async () => (await requests('stable').catch(() => 0)) === 100);
  await flush.stop();
  expect(await requests('stable')).toBe(100);
});

test('reports again and again, and at once when asked', async () => {
  let generation = 1;
  const loop = reporting(() => generation, 3_600_000);
  loop.reportNow();
  await until(async () => (await reports())[0]?.generation === 1);
  generation = 2;
  loop.reportNow();
  expect(await until(async () => (await reports())[0]?.generation === 2)).toBe(true);
  await loop.stop();
});

test('takes the report back at the end', async () => {
  const loop = reporting(() => 1, 5);
  await until(async () => (await reports()).length === 1);
  expect(loop.delivered).toBe(true);
  await loop.stop();
  expect(await reports()).toEqual([]);
});

test('knows when Redis does not take it, and goes on', async () => {
  const loop = reporting(() => 1, 5);
  await until(() => loop.delivered);
  server.pause();
  await until(() => !loop.delivered);
  server.resume();
  expect(await until(() => loop.delivered)).toBe(true);
  await loop.stop();
});

function flushing(writer: string, intervalMs = 5) {
  const counter = new TrafficCounter(() => 0);
  const store = new TrafficStore(redis, 'shop');
  return { counter, flush: new TrafficFlush({ counter, store, writer, logger, intervalMs }) };
}

async function requests(track: 'stable' | 'canary'): Promise<number> {
  const [bucket] = await new TrafficStore(redis, 'shop').read(0, 1);
  return bucket?.[track].requests ?? 0;
}

function reporting(generation: () => number, intervalMs: number): ReportLoop {
  const report = (): ProxyReport => ({
    id: 'a',
    generation: generation(),
    condition: 'fresh',
    inFlight: {},
    memberHealth: {},
  });
  return new ReportLoop({ report, reports: new ProxyReports(redis, 'shop'), logger, intervalMs });
}

async function reports(): Promise<ProxyReport[]> {
  return await new ProxyReports(redis, 'shop').list();
}
