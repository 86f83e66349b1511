import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { test as base } from '../../support/judge/judge-stage.ts';

const keys = redisKeys('shop');
const test = base.extend('proxies', async ({ stage }) => {
  await stage.staged.stage();
  await stage.run();
  const report = (id: string) => stage.staged.report({}, id);
  /** Ends a proxy without a withdrawal: its report expires. */
  const expire = (id: string) => stage.redis.del(keys.proxy(id));
  /** Lets proxies fall silent until that is an incident. */
  const fallSilent = async (...ids: string[]) => {
    for (const id of ids) await report(id);
    for (const id of ids) await expire(id);
    await stage.run(11);
  };
  return { report, expire, fallSilent };
});

test('a proxy that falls silent is an incident until it reports again', async ({
  stage,
  proxies,
}) => {
  await proxies.report('web-1-0-aaaaaa');
  await proxies.report('web-2-0-bbbbbb');
  await stage.run(5);
  await proxies.expire('web-1-0-aaaaaa');
  await stage.run(10);
  expect(await stage.transitions()).toEqual([]);
  await stage.run(1);
  expect(await stage.transitions()).toEqual(['proxy-silent web-1 opened']);
  const [opened] = await stage.notifications();
  expect(opened?.details).toMatchObject({
    summary: 'proxy web-1-0-aaaaaa is silent, and may serve clients by an old release',
    host: 'web-1',
    nextSteps: [
      'on web-1, see whether the proxy runs: docker ps --all --filter label=perch.part=proxy',
      'if it runs, read its log, and check the network from web-1 to Redis',
      'perch status lists it until it reports again or is replaced',
    ],
  });
  await proxies.report('web-1-0-aaaaaa');
  await stage.run();
  expect((await stage.notifications()).at(-1)?.details.summary).toBe(
    'no proxy of web-1 is silent any more',
  );
});

test('all silent workers of a host are one incident', async ({ stage, proxies }) => {
  await proxies.fallSilent('web-1-0-aaaaaa', 'web-1-1-bbbbbb');
  expect(await stage.transitions()).toEqual(['proxy-silent web-1 opened']);
});

test('a proxy that withdraws its report is no incident', async ({ stage, proxies, redis }) => {
  await proxies.report('web-1-0-aaaaaa');
  await stage.run();
  await new ProxyReports(redis, 'shop').remove('web-1-0-aaaaaa');
  await stage.run(60);
  expect(await stage.transitions()).toEqual([]);
});

test('the incident of a silent proxy is resolved once another process replaces it, and survives a new leader until then', async ({
  stage,
  proxies,
}) => {
  await proxies.fallSilent('web-1-0-aaaaaa');
  stage.beginTerm();
  await stage.run(12);
  expect(await stage.transitions()).toEqual(['proxy-silent web-1 opened']);
  await proxies.report('web-1-0-cccccc');
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'proxy-silent web-1 opened',
    'proxy-silent web-1 resolved',
  ]);
});

test('a proxy that stays silent for 15 minutes is expected no longer', async ({
  stage,
  proxies,
}) => {
  await proxies.fallSilent('web-1-0-aaaaaa');
  stage.nowMs += 880_000;
  await stage.run();
  expect(await stage.transitions()).toEqual(['proxy-silent web-1 opened']);
  stage.nowMs += 10_000;
  await stage.run(3);
  expect(await stage.transitions()).toEqual([
    'proxy-silent web-1 opened',
    'proxy-silent web-1 resolved',
  ]);
  expect((await stage.notifications()).at(-1)?.details.summary).toBe(
    'proxies of web-1 are silent for 15 minutes and are expected no longer',
  );
});
