import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { ReportLoop } from '../../../runtime/proxy/redis/report-loop.ts';
import { ProxyReports, type ProxyReport } from '../../../runtime/store/release/proxy-reports.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

test('the loop reports repeatedly, and at once on request', async ({ redis }) => {
  let generation = 1;
  const loop = reporting(redis, () => generation, 3_600_000);
  loop.reportNow();
  await until(async () => (await reports(redis))[0]?.generation === 1);
  generation = 2;
  loop.reportNow();
  expect(await until(async () => (await reports(redis))[0]?.generation === 2)).toBe(true);
  await loop.stop();
});

test('the loop withdraws the report when it stops', async ({ redis }) => {
  const loop = reporting(redis, () => 1, 5);
  await until(async () => (await reports(redis)).length === 1);
  expect(loop.delivered).toBe(true);
  await loop.stop();
  expect(await reports(redis)).toEqual([]);
});

test('the loop detects that Redis does not take the report, and continues', async ({ server }) => {
  using redis = await clientOf(server, { commandTimeoutMs: 100 });
  const loop = reporting(redis, () => 1, 5);
  await until(() => loop.delivered);
  server.pause();
  await until(() => !loop.delivered);
  server.resume();
  expect(await until(() => loop.delivered)).toBe(true);
  await loop.stop();
});

function reporting(redis: Redis, generation: () => number, intervalMs: number): ReportLoop {
  const report = (): ProxyReport => ({
    id: 'a',
    generation: generation(),
    condition: 'fresh',
    inFlight: {},
    memberHealth: {},
  });
  return new ReportLoop({ report, reports: new ProxyReports(redis, 'shop'), logger, intervalMs });
}

async function reports(redis: Redis): Promise<ProxyReport[]> {
  return await new ProxyReports(redis, 'shop').list();
}
