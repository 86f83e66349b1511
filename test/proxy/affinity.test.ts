import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Track } from '../../runtime/contract/names.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { trafficBucketMs } from '../../runtime/contract/traffic-fields.ts';
import { sumCounts } from '../../runtime/core/analysis/traffic-counts.ts';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { newCookieKey } from '../../runtime/store/clients/cookie-key.ts';
import { TrafficStore } from '../../runtime/store/judge/traffic-store.ts';
import { DocumentFile } from '../support/document-file.ts';
import { test } from '../support/fixtures.ts';
import { get } from '../support/http/load.ts';
import { MemberServer } from '../support/processes/member-server.ts';
import { startProxy, type ProxyProcess } from '../support/processes/proxy-process.ts';
import { clientOf } from '../support/redis/redis-client.ts';
import type { TestRedis } from '../support/redis/redis-server.ts';
import { releaseDocument } from '../support/release-document.ts';
import { until } from '../support/until.ts';

const keys = redisKeys('shop');
let members: MemberServer[];
let stateDir: string;
let proxies: ProxyProcess[] = [];

beforeAll(async () => {
  members = await Promise.all(['stable-1', 'canary-1'].map((id) => MemberServer.start(id)));
});
afterAll(async () => {
  for (const member of members ?? []) await member[Symbol.asyncDispose]();
});

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'perch-state-'));
  for (const member of members) {
    member.respond = ({ url = '' }, response) => {
      const status = /^\/(\d{3})$/.exec(url)?.[1];
      if (status !== undefined) response.writeHead(Number(status));
      response.end(member.id);
    };
  }
});
afterEach(async () => {
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  proxies = [];
  await rm(stateDir, { recursive: true });
});

test('ids that a client makes up do not choose its track', async ({ redis, sharedServer }) => {
  await store(redis);
  const { origin } = await start(sharedServer);
  const tracks = new Set<string>();
  for (let count = 0; count < 40; count += 1) {
    const { track, cookie } = await ask(
      origin,
      'perch-client=11111111-2222-4333-8444-555555555555',
    );
    expect(cookie).toMatch(/^perch-client=[\w-]{22}\.\w{6}\.[\w-]{22}$/);
    tracks.add(track);
  }
  expect(tracks).toEqual(new Set(['canary', 'stable']));
});

test('all proxies of a service accept the ids of each other', async ({ redis, sharedServer }) => {
  await store(redis);
  const one = await start(sharedServer);
  const other = await start(sharedServer, { stateDir: undefined });
  for (let client = 0; client < 20; client += 1) {
    const first = await ask(one.origin);
    const again = await ask(other.origin, first.cookie);
    expect(again).toEqual({ track: first.track, cookie: undefined });
  }
  expect(Buffer.from((await redis.get(keys.cookieKey)) ?? '', 'base64')).toHaveLength(32);
  expect(await redis.ttl(keys.cookieKey)).toBe(-1);
});

test('the key outlives a restart without Redis and a Redis that restarts empty', async ({
  server,
}) => {
  using redis = await clientOf(server);
  await store(redis);
  const proxy = await start(server);
  const client = await ask(proxy.origin);
  const key = await redis.get(keys.cookieKey);
  const file = join(stateDir, 'cookie-key-shop.json');
  await until(async () => (await readFile(file, 'utf8').catch(() => '')).includes(key ?? '-'));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await proxy.stop();

  await server.kill();
  const restarted = await start(server);
  expect(await ask(restarted.origin, client.cookie)).toEqual({
    track: client.track,
    cookie: undefined,
  });
  await server.restartEmpty();
  await until(async () => (await redis.get(keys.cookieKey).catch(() => null)) === key);
});

test('a replaced key keeps every client on its track', async ({ redis, sharedServer }) => {
  await store(redis);
  const proxy = await start(sharedServer);
  const client = await ask(proxy.origin);
  await redis.set(keys.cookieKey, `${newCookieKey()}\n`);
  await until(() => proxy.log.some(({ msg }) => msg.includes('key of the affinity cookies')));
  expect((await ask(proxy.origin, client.cookie)).track).toBe(client.track);
});

test('a proxy without a key splits each request and gives no cookie', async ({
  redis,
  sharedServer,
}) => {
  await store(redis);
  await redis.set(keys.cookieKey, 'too short');
  const proxy = await start(sharedServer);
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  for (let count = 0; count < 100; count += 1) answers.push(await ask(proxy.origin));
  expect(answers.filter(({ track }) => track === 'canary')).toHaveLength(50);
  expect(answers.filter(({ cookie }) => cookie !== undefined)).toEqual([]);
  const reasons = proxy.log.map(({ reason }) => reason);
  expect(reasons).toContain(`${keys.cookieKey} must be 32 bytes in base64; its value is not shown`);
});

test('the key is never logged, even if Redis refuses it', async ({ server }) => {
  using redis = await clientOf(server);
  await store(redis);
  const proxy = await start(server);
  const key = (await redis.get(keys.cookieKey)) ?? '-';
  await redis.del(keys.cookieKey);
  await redis.config('SET', 'maxmemory', '1');
  await until(() => proxy.log.some(({ msg }) => msg.includes('key of the affinity cookies')));
  await proxy.stop();
  expect(JSON.stringify(proxy.log) + proxy.stderr).not.toContain(key);
});

test('without affinity there is no key, and no client is counted', async ({
  redis,
  sharedServer,
}) => {
  await store(redis, { affinity: 'none' });
  const proxy = await start(sharedServer);
  for (let count = 0; count < 20; count += 1) await ask(proxy.origin, undefined, '/500');
  await proxy.stop();
  expect(await redis.exists(keys.cookieKey)).toBe(0);
  expect(await clients(redis, 'canary')).toEqual(none);
});

test('a failure hits a client once, whichever proxy it comes to', async ({
  redis,
  sharedServer,
}) => {
  await store(redis, { weight: 100 });
  const one = await start(sharedServer);
  const other = await start(sharedServer, { stateDir: undefined });
  const { cookie: unhit } = await ask(one.origin);
  const { cookie: hit } = await ask(one.origin, unhit, '/500');
  expect(hit).toBeDefined();
  for (let count = 0; count < 5; count += 1) {
    for (const { origin } of [one, other]) {
      expect((await ask(origin, hit, '/500')).cookie).toBeUndefined();
    }
  }
  await one.stop();
  await other.stop();
  const { errors } = await clients(redis, 'canary');
  expect(errors.hit).toBe(1);
  // One in each bucket in which the client was seen before it was hit.
  expect([1, 2]).toContain(errors.atRisk);
});

test('a 4xx hits a client once, and for rejections only', async ({ redis, sharedServer }) => {
  await store(redis, { weight: 100 });
  const proxy = await start(sharedServer);
  const first = await ask(proxy.origin, undefined, '/404');
  for (let count = 0; count < 5; count += 1) await ask(proxy.origin, first.cookie, '/404');
  await proxy.stop();
  const { errors, rejections } = await clients(redis, 'canary');
  expect(rejections).toMatchObject({ hit: 1 });
  expect(errors.hit).toBe(0);
  expect(errors.atRisk).toBeGreaterThanOrEqual(1);
});

test('a client whose requests take longer than the bound of the judge is hit by latency', async ({
  redis,
  sharedServer,
}) => {
  await store(redis, { weight: 100 });
  const evidence = { slowAboveMs: 1, canarySlowAboveMs: 20 };
  const status = {
    at: 1,
    leader: 'monitor-1',
    verdict: { kind: 'inconclusive', sentence: '', evidence },
    near: [],
  };
  await redis.set(keys.verdict, JSON.stringify(status));
  const proxy = await start(sharedServer);
  const { cookie } = await ask(proxy.origin);
  for (const member of members) {
    member.respond = (_, response) => void setTimeout(() => response.end(member.id), 50);
  }
  for (let count = 0; count < 4; count += 1) await ask(proxy.origin, cookie);
  await ask(proxy.origin);
  await proxy.stop();
  const { latency } = await clients(redis, 'canary');
  expect(latency.hit).toBe(2);
});

test('without Redis the workers of a proxy share a key, which is kept', async () => {
  const entries = members.map((one) => one.entry());
  const release = releaseDocument({ weight: 50, affinity: 'cookie', members: entries });
  await using file = await DocumentFile.create(release);
  const serve = async () => {
    const proxy = await startProxy({
      args: ['--document', file.path, '--workers', '2', '--state-dir', stateDir],
    });
    proxies.push(proxy);
    return proxy;
  };
  const proxy = await serve();
  const client = await ask(proxy.origin);
  // Each request has a connection of its own, so that both workers get some.
  const again = await Promise.all(
    Array.from({ length: 20 }, () => ask(proxy.origin, client.cookie)),
  );
  expect(again.filter(({ cookie }) => cookie !== undefined)).toEqual([]);
  await proxy.stop();
  const restarted = await serve();
  expect((await ask(restarted.origin, client.cookie)).cookie).toBeUndefined();
});

const none = {
  errors: { atRisk: 0, hit: 0 },
  latency: { atRisk: 0, hit: 0 },
  rejections: { atRisk: 0, hit: 0 },
};

async function start(
  server: TestRedis,
  options: { stateDir: string | undefined } = { stateDir },
): Promise<ProxyProcess> {
  const state = options.stateDir === undefined ? [] : ['--state-dir', options.stateDir];
  const proxy = await startProxy({
    args: ['--workers', '1', '--warm-up-seconds', '0', ...state],
    env: { PERCH_REDIS_URL: server.url, PERCH_SERVICE: 'shop' },
  });
  proxies.push(proxy);
  await proxy.untilGeneration(1);
  return proxy;
}

async function store(redis: Redis, overrides: Partial<ReleaseDocument> = {}): Promise<void> {
  const entries = members.map((one) => one.entry());
  const document = { weight: 50, affinity: 'cookie', members: entries, ...overrides } as const;
  await redis.set(keys.release, JSON.stringify(releaseDocument(document)));
}

/** Sends one GET; returns the track that answered and the cookie that came with it. */
async function ask(
  origin: string,
  cookie?: string,
  path = '/',
): Promise<{ track: string; cookie: string | undefined }> {
  const fields: Record<string, string> = cookie === undefined ? {} : { cookie };
  const { body, headers } = await get(`${origin}${path}`, undefined, fields);
  return {
    track: body.startsWith('canary') ? 'canary' : 'stable',
    cookie: headers['set-cookie']?.[0]?.split(';', 1)[0],
  };
}

async function clients(redis: Redis, track: Track) {
  const now = Date.now();
  const buckets = await new TrafficStore(redis, 'shop').read(
    now - 6 * trafficBucketMs,
    now + trafficBucketMs,
  );
  return sumCounts(buckets.map((bucket) => bucket[track])).clients;
}
