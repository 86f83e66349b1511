import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { trafficBucketMs } from '../../../runtime/contract/traffic-fields.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { memberLatency } from '../../../runtime/core/analysis/member-latency.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { get, Load } from '../../support/http/load.ts';
import { MemberServer } from '../../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../../support/processes/proxy-process.ts';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');
let server: TestRedis;
let redis: Redis;
let members: MemberServer[];
let stateDir: string;
let proxy: ProxyProcess;

beforeAll(async () => {
  server = await startRedis({ password: 'secret' });
  members = await Promise.all(['stable-1', 'canary-1'].map((id) => MemberServer.start(id)));
});
afterAll(async () => {
  for (const member of members ?? []) await member[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  redis = new Redis(server.url, { retryStrategy: () => 20 });
  redis.on('error', () => {});
  await redis.flushall();
  stateDir = await mkdtemp(join(tmpdir(), 'perch-state-'));
  await store(release());
  proxy = await start();
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  redis.disconnect();
  await rm(stateDir, { recursive: true });
});

test('a proxy applies a new document and reports its generation', async () => {
  await proxy.untilGeneration(1);
  await store(release({ generation: 2, weight: 100 }));
  await proxy.untilGeneration(2);
  const reports = new ProxyReports(redis, 'shop');
  await until(async () => (await reports.list()).some(({ generation }) => generation === 2));
  const [report, ...others] = await reports.list();
  expect(others).toEqual([]);
  expect(report).toMatchObject({
    condition: 'fresh',
    inFlight: { 'stable-1': 0, 'canary-1': 0 },
    memberHealth: { 'stable-1': 'healthy', 'canary-1': 'healthy' },
  });
});

test('a proxy reports the latency of the answers of each member', async () => {
  await proxy.untilGeneration(1);
  for (let count = 0; count < 20; count += 1) await get(proxy.origin);
  const reports = new ProxyReports(redis, 'shop');
  const latency = await until(async () => {
    const found = memberLatency(await reports.list(), 'stable-1');
    return (found?.requests ?? 0) > 0 ? found : undefined;
  });
  expect(latency.p50Ms).toBeGreaterThan(0);
  expect(latency.p95Ms).toBeGreaterThanOrEqual(latency.p50Ms);
});

test('a proxy withdraws its report when it ends', async () => {
  const reports = new ProxyReports(redis, 'shop');
  await until(async () => (await reports.list()).length === 1);
  expect(await proxy.stop()).toBe(0);
  expect(await reports.list()).toEqual([]);
});

test('a proxy counts every request at its weight, including the last ones before its end', async () => {
  const from = Date.now();
  for (const [generation, weight, requests] of [
    [2, 20, 200],
    [3, 50, 100],
  ] as const) {
    await store(release({ generation, weight }));
    await proxy.untilGeneration(generation);
    for (let count = 0; count < requests; count += 1) await get(proxy.origin);
  }
  await proxy.stop();
  const buckets = await new TrafficStore(redis, 'shop').read(
    from - trafficBucketMs,
    Date.now() + 1,
  );
  const sum = (weight: number, track: 'stable' | 'canary') =>
    buckets
      .filter((bucket) => bucket.weight === weight)
      .reduce((total, bucket) => total + bucket[track].requests, 0);
  expect([sum(20, 'stable'), sum(20, 'canary')]).toEqual([160, 40]);
  expect([sum(50, 'stable'), sum(50, 'canary')]).toEqual([50, 50]);
});

test('a proxy loses no request while Redis is paused, killed and restarted empty', async () => {
  const load = new Load({ origin: proxy.origin, clients: 4 });
  const answersMore = async (more: number) => {
    const { total } = load;
    await until(() => load.total >= total + more);
  };
  const condition = async () => (await proxy.ready()).condition;
  await answersMore(200);

  server.pause();
  await until(async () => (await condition()) === 'unreachable');
  await answersMore(200);
  server.resume();
  await until(async () => (await condition()) === 'fresh');

  await server.kill();
  await until(async () => (await condition()) === 'unreachable');
  await answersMore(200);

  await server.restartEmpty();
  await until(async () => (await condition()) === 'absent');
  await answersMore(200);
  await load.stop();
  expect(load.failures).toEqual([]);
  // Each 100 requests have 25 for the canary, in an order of chance: the last ones may have other parts.
  const canary = load.answers.get('canary-1') ?? 0;
  expect(Math.abs(canary - load.total / 4)).toBeLessThan(15);
  expect(await proxy.ready()).toMatchObject({ ready: true, generation: 1 });
});

test('a proxy starts without Redis from the last good document', async () => {
  await proxy.untilGeneration(1);
  await proxy.stop();
  await server.kill();
  proxy = await start();
  expect(await proxy.ready()).toMatchObject({ generation: 1, condition: 'unreachable' });
  expect((await get(proxy.origin)).status).toBe(200);
  await server.start();
});

test('a proxy answers 503 with Retry-After until its first document', async () => {
  await proxy.stop();
  await rm(join(stateDir, 'release-shop.json'), { force: true });
  await redis.flushall();
  proxy = await start();
  const { status, headers } = await get(proxy.origin);
  expect({ status, retryAfter: headers['retry-after'] }).toEqual({
    status: 503,
    retryAfter: '1',
  });
  expect(await proxy.ready()).toMatchObject({ ready: false, condition: 'waiting' });
  await store(release());
  await proxy.untilGeneration(1);
  expect((await get(proxy.origin)).status).toBe(200);
});

test('a proxy retains the last good document when an invalid one is stored', async () => {
  await proxy.untilGeneration(1);
  await redis.set(keys.release, '{"generation": 2, "weight": 1000}');
  await until(async () => (await proxy.ready()).condition === 'invalid');
  expect(await proxy.ready()).toMatchObject({ ready: true, generation: 1 });
  expect((await get(proxy.origin)).status).toBe(200);
});

test('a proxy reports a canary that has a share but no judge', async () => {
  await proxy.stop();
  proxy = await start('--judge-timeout', '1000');
  await until(async () => (await proxy.metrics('judge_missing{'))[0]?.endsWith(' 1'));
  await redis.set(keys.leader, 'monitor-1 1', 'PX', 60_000);
  await redis.set(keys.verdict, '{}', 'PX', 60_000);
  await until(async () => (await proxy.metrics('judge_missing{'))[0]?.endsWith(' 0'));
  // A log line may arrive after the metric that tells the same.
  const lines = () => proxy.log.filter(({ msg }) => msg.includes(' judge'));
  await until(() => lines().length >= 2);
  expect(lines().map(({ level }) => level)).toEqual([40, 30]);
});

test('every worker gives the share of a canary without a judge to stable, says so, and ends that when a judge works', async () => {
  await proxy.stop();
  proxy = await start('--unjudged-after', '2', '--workers', '2');
  const withheld = async () =>
    (await proxy.ready()).workers.filter((worker) => worker.withheld === 'unjudged').length;
  await until(async () => (await withheld()) === 2, { what: 'both workers to withhold the share' });
  expect(await proxy.ready()).toMatchObject({ ready: true, withheld: 'unjudged' });
  for (let count = 0; count < 40; count += 1) {
    expect((await get(proxy.origin)).body).toBe('stable-1');
  }
  expect((await proxy.metrics('canary_withheld{', 'unjudged'))[0]).toMatch(/ 1$/);
  const reports = new ProxyReports(redis, 'shop');
  await until(async () =>
    (await reports.list()).every((report) => report.withheld?.reason === 'unjudged'),
  );

  await redis.set(keys.leader, 'monitor-1 1');
  await redis.set(keys.verdict, '{}');
  await until(async () => (await withheld()) === 0, { what: 'the canary to get its share again' });
  const answers = new Set<string>();
  await until(async () => answers.add((await get(proxy.origin)).body).has('canary-1'));
  const lines = () => proxy.log.filter(({ msg }) => / its share/.test(msg));
  await until(() => lines().length >= 4);
  expect(
    lines()
      .map(({ level }) => level)
      .sort(),
  ).toEqual([30, 30, 40, 40]);
});

test('a leader that has a lease but does not judge is no judge', async () => {
  await proxy.stop();
  await redis.set(keys.leader, 'monitor-1 1');
  proxy = await start('--unjudged-after', '1');
  await until(async () => (await proxy.ready()).withheld === 'unjudged');
});

test('a proxy never logs the password', async () => {
  await proxy.untilGeneration(1);
  await server.kill();
  await until(async () => (await proxy.ready()).condition === 'unreachable');
  await server.start();
  await proxy.stop();
  expect(JSON.stringify(proxy.log) + proxy.stderr).not.toContain('secret');
});

async function start(...args: string[]): Promise<ProxyProcess> {
  return await startProxy({
    args: ['--workers', '1', '--state-dir', stateDir, ...args],
    env: { PERCH_REDIS_URL: server.url, PERCH_SERVICE: 'shop' },
  });
}

async function store(document: ReleaseDocument): Promise<void> {
  await redis.set(keys.release, JSON.stringify(document));
  await redis.publish(keys.releaseChanged, String(document.generation));
}

function release(overrides: Partial<ReleaseDocument> = {}): ReleaseDocument {
  return releaseDocument({
    weight: 25,
    members: members.map((one) => one.entry()),
    ...overrides,
  });
}
