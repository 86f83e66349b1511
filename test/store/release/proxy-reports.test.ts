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

test('a proxy is known from its first report to its withdrawal, even if its report expires', async ({
  redis,
}) => {
  const reports = new ProxyReports(redis, 'shop');
  await reports.write(report('proxy-1'));
  const [first] = await reports.known();
  await reports.write(report('proxy-1'));
  await redis.del(redisKeys('shop').proxy('proxy-1'));
  const [known, ...others] = await reports.known();
  expect(others).toEqual([]);
  expect(known).toMatchObject({ id: 'proxy-1', firstReportMs: first?.firstReportMs });
  expect(known?.lastReportMs).toBeGreaterThanOrEqual(first?.lastReportMs ?? Infinity);
  expect(Math.abs((known?.lastReportMs ?? 0) - Date.now())).toBeLessThan(60_000);
  await reports.remove('proxy-1');
  expect(await reports.known()).toEqual([]);
});

test('a new proxy makes Redis forget those that have been silent for a day', async ({ redis }) => {
  const reports = new ProxyReports(redis, 'shop');
  const day = 86_400_000;
  await redis.hset(redisKeys('shop').proxies, {
    'proxy-1': `1 ${Date.now() - day - 60_000}`,
    'proxy-2': `1 ${Date.now() - day + 60_000}`,
    'proxy-3': 'of another version',
  });
  await reports.write(report('proxy-4'));
  expect((await reports.known()).map(({ id }) => id)).toEqual(['proxy-2', 'proxy-4']);
});

test('a report keeps the reason for which the canary gets no share', async ({ redis }) => {
  const reports = new ProxyReports(redis, 'shop');
  const withheld = { reason: 'harmful', sinceMs: 5, evidence: '3 of 4 failed' } as const;
  await reports.write({ ...report('proxy-1'), withheld });
  expect((await reports.list())[0]?.withheld).toEqual(withheld);
});

test('the reports know for how long Redis has known a proxy', async ({ redis }) => {
  const reports = new ProxyReports(redis, 'shop');
  expect(await reports.knownForMs()).toBe(0);
  const [seconds = 0] = await redis.time();
  const first = (seconds - 60) * 1_000;
  await redis.hset(redisKeys('shop').proxies, 'proxy-1', `${first} ${first}`);
  expect(await reports.knownForMs()).toBeGreaterThanOrEqual(60_000);
});
