import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ProxyReports, type ProxyReport } from '../../../runtime/store/release/proxy-reports.ts';
import { test } from '../../support/fixtures.ts';

function report(id: string): ProxyReport {
  return {
    id,
    generation: 3,
    condition: 'fresh',
    inFlight: { s1: 2 },
    memberHealth: { s1: 'healthy' },
  };
}

test('a proxy is live until its report expires or is withdrawn', async ({ redis }) => {
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

test('an unreadable report counts as a proxy without a document', async ({ redis }) => {
  const reports = new ProxyReports(redis, 'shop');
  await redis.set(redisKeys('shop').proxy('future'), '{"id":"future","generation":"four"}');
  expect(await reports.list()).toMatchObject([{ generation: 0 }]);
});

test('a report that is not JSON does not hide the others', async ({ redis }) => {
  const reports = new ProxyReports(redis, 'shop');
  await reports.write(report('proxy-1'));
  await redis.set(redisKeys('shop').proxy('broken'), '{oops');
  const ids = (await reports.list()).map(({ id }) => id);
  expect(ids.sort()).toEqual(['proxy-1', 'unreadable']);
});
