import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { clientOf } from '../support/redis/redis-client.ts';
import { fullRedis } from '../support/redis/refusals.ts';
import { member, releaseDocument } from '../support/release-document.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { runningRequest } from '../support/http/running-request.ts';
import { until } from '../support/until.ts';
import { test as base } from './fixtures.ts';

/** `environment` has all variables of the canary shop-c1. */
const test = base.extend('environment', ({ sharedServer }) => ({
  PERCH_SERVICE: 'shop',
  PERCH_TRACK: 'canary',
  PERCH_VERSION: '2.0.0',
  PERCH_MEMBER_ID: 'shop-c1',
  PERCH_HOST: 'host-1',
  PERCH_PORT: '0',
  PERCH_REDIS_URL: sharedServer.url,
}));

test('the app finishes running requests at SIGTERM, accepts no new ones, and exits with 0', async ({
  environment,
}) => {
  await using app = new PerchProcess(['app'], environment);
  const origin = await app.origin();
  const slow = await runningRequest(`${origin}/slow?ms=700`);

  app.signal('SIGTERM');
  await until(() =>
    fetch(`${origin}/healthz`).then(
      () => false,
      () => true,
    ),
  );

  expect(await slow.status).toBe(200);
  expect(await app.ended()).toBe(0);
  expect(app.output).toContain('"outcome":"drained"');
  expect(app.output).not.toContain('the-secret');
});

test('a canary that cannot eject itself fails its health check before it stops, and serves meanwhile', async ({
  environment,
}) => {
  await using refusing = await fullRedis();
  const own = { ...environment, PERCH_REDIS_URL: refusing.server.url };
  using redis = await clientOf(refusing.server);
  await redis.set(
    redisKeys('shop').release,
    JSON.stringify(releaseDocument({ weight: 10, members: [member('canary-1', 20_001)] })),
  );
  await using app = new PerchProcess(['app'], { ...own, PERCH_MEMBER_ID: 'canary-1' });
  const origin = await app.origin();
  await refusing.refuse();
  app.signal('SIGTERM');
  const health = await until(async () => {
    const response = await fetch(`${origin}/healthz`);
    return response.status === 503 && response.json();
  });
  expect(health).toEqual({ status: 'leaving', reason: 'it received SIGTERM' });
  expect((await fetch(origin)).status).toBe(200);
  expect(await app.ended()).toBe(0);
});

test('the app cuts off requests that do not end within the drain timeout', async ({
  environment,
}) => {
  await using app = new PerchProcess(['app', '--drain-timeout', '50'], environment);
  const origin = await app.origin();
  const slow = await runningRequest(`${origin}/slow?ms=10000`);

  app.signal('SIGTERM');

  await expect(slow.status).rejects.toThrow('socket hang up');
  expect(await app.ended()).toBe(0);
  expect(app.output).toContain('"outcome":"cut_off"');
});

test('the app crashes if it was started with that fault', async ({ environment }) => {
  await using app = new PerchProcess(['app', '--fault', 'crash-after-ms=300'], environment);
  await app.origin();
  expect(await app.ended()).toBe(1);
});

test('the app starts without Redis from the flags on disk', async ({ environment, server }) => {
  const stateDir = await mkdtemp(join(tmpdir(), 'perch-app-'));
  await using _folder = { [Symbol.asyncDispose]: () => rm(stateDir, { recursive: true }) };
  const own = { ...environment, PERCH_REDIS_URL: server.url, PERCH_STATE_DIR: stateDir };
  await using seeds = new PerchProcess(['app', 'seed-flags', '--json'], own);
  expect(await seeds.ended()).toBe(0);
  expect(JSON.parse(seeds.output)).toMatchObject({ background: 'stored', set_get: 'stored' });
  await using toggle = new PerchProcess(['flags', 'toggle', 'new_feature'], own);
  expect(await toggle.ended()).toBe(0);
  await using first = new PerchProcess(['app'], own);
  expect((await fetch(`${await first.origin()}/new`)).status).toBe(200);
  first.signal('SIGTERM');
  await first.ended();
  await server.kill();

  await using second = new PerchProcess(['app'], own);
  expect((await fetch(`${await second.origin()}/new`)).status).toBe(200);
});

test('seed-flags stores missing flags and keeps stored ones', async ({ environment }) => {
  const own = { ...environment, PERCH_SERVICE: 'seeded' };
  for (const outcome of ['stored', 'kept']) {
    await using seeds = new PerchProcess(['app', 'seed-flags'], own);
    expect(await seeds.ended()).toBe(0);
    expect(seeds.output).toContain(`show_ip: ${outcome}\n`);
  }
});

test.for([
  {
    what: 'a wrong environment',
    args: [],
    change: { PERCH_TRACK: 'beta', PERCH_HOST: '' },
    text: 'perch: PERCH_TRACK must be stable or canary, got beta; PERCH_HOST must be 1 to 63',
  },
  {
    what: 'an unknown fault',
    args: ['--fault', 'fire=1'],
    change: {},
    text: 'perch: fire is not known',
  },
  {
    what: 'an address of another machine',
    args: [],
    change: { PERCH_BIND: '192.0.2.1' },
    text: 'perch: 192.0.2.1:0 is not an address to listen on',
  },
])('the app refuses $what and exits with 2', async ({ args, change, text }, { environment }) => {
  await using app = new PerchProcess(['app', ...args], { ...environment, ...change });
  expect(await app.ended()).toBe(2);
  expect(app.output).toContain(text);
});

test('the app reports a port in use in one line and exits with 1', async ({ environment }) => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  await using app = new PerchProcess(['app'], { ...environment, PERCH_PORT: String(port) });
  expect(await app.ended()).toBe(1);
  expect(app.output).toContain(`perch: 127.0.0.1:${port} is in use by another process`);
  other.close();
});

test('the app reports a wrong password without it and exits with 1', async ({ environment }) => {
  const url = environment.PERCH_REDIS_URL.replace('the-secret', 'a-guess');
  await using locked = new PerchProcess(['app'], { ...environment, PERCH_REDIS_URL: url });
  expect(await locked.ended()).toBe(1);
  expect(locked.output).toContain('Redis refused the user or password of PERCH_REDIS_URL');
  expect(locked.output).not.toContain('a-guess');
});
