import { expect, test } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ProxyReports, type ProxyReport } from '../../../runtime/store/release/proxy-reports.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis } from '../../support/redis.ts';

function report(id: string): ProxyReport {
  return {
    id,
    generation: 3,
    condition: 'fresh',
    inFlight: { s1: 2 },
    memberHealth: { s1: 'healthy' },
  };
}

test('live proxies are those whose report has not ended', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  const reports = new ProxyReports(redis, 'shop');
  await reports.write(report('proxy-1'));
  await reports.write(report('proxy-2'));
  await new ProxyReports(redis, 'other').write(report('proxy-3'));
  expect((await reports.list()).map(({ id }) => id).sort()).toEqual(['proxy-1', 'proxy-2']);
  expect(await redis.pttl(redisKeys('shop').proxy('proxy-1'))).toBeGreaterThan(0);
  await redis.pexpire(redisKeys('shop').proxy('proxy-2'), 0);
  expect(await reports.list()).toEqual([report('proxy-1')]);
  await reports.remove('proxy-1');
  expect(await reports.list()).toEqual([]);
});

test('a report that cannot be read counts as a proxy that knows nothing yet', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  const reports = new ProxyReports(redis, 'shop');
  await redis.set(redisKeys('shop').proxy('future'), '{"id":"future","generation":"four"}');
  expect(await reports.list()).toMatchObject([{ generation: 0 }]);
});

test('a report that is no JSON hides nobody else’s', async () => {
  await using server = await startRedis();
  using redis = await clientOf(server);
  const reports = new ProxyReports(redis, 'shop');
  await reports.write(report('proxy-1'));
  await redis.set(redisKeys('shop').proxy('broken'), '{oops');
  const ids = (await reports.list()).map(({ id }) => id);
  expect(ids.sort()).toEqual(['proxy-1', 'unreadable']);
});
