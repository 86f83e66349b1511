import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PerchProcess } from '../support/perch-process.ts';
import { freePort, startRedis, type TestRedis } from '../support/redis.ts';
import { runningRequest } from '../support/running-request.ts';
import { until } from '../support/until.ts';

let redis: TestRedis;
let environment: Record<string, string>;

beforeAll(async () => {
  redis = await startRedis({ password: 'the-secret' });
  environment = {
    PERCH_SERVICE: 'shop',
    PERCH_TRACK: 'canary',
    PERCH_VERSION: '2.0.0',
    PERCH_MEMBER_ID: 'shop-c1',
    PERCH_HOST: 'host-1',
    PERCH_PORT: '0',
    PERCH_REDIS_URL: redis.url,
  };
});

afterAll(() => redis[Symbol.asyncDispose]());

describe('perch app', () => {
  it('finishes what runs at SIGTERM, takes nothing new, and ends with 0', async () => {
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

  it('cuts off what does not end within the drain timeout', async () => {
    await using app = new PerchProcess(['app', '--drain-timeout', '50'], environment);
    const origin = await app.origin();
    const slow = await runningRequest(`${origin}/slow?ms=10000`);

    app.signal('SIGTERM');

    await expect(slow.status).rejects.toThrow('socket hang up');
    expect(await app.ended()).toBe(0);
    expect(app.output).toContain('"outcome":"cut_off"');
  });

  it('crashes without notice when it was started for that', async () => {
    await using app = new PerchProcess(['app', '--fault', 'crash-after-ms=300'], environment);
    await app.origin();
    expect(await app.ended()).toBe(1);
  });

  it('starts without Redis, from the flags on disk', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'perch-app-'));
    await using _folder = { [Symbol.asyncDispose]: () => rm(stateDir, { recursive: true }) };
    const server = await startRedis();
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
    await server[Symbol.asyncDispose]();

    await using second = new PerchProcess(['app'], own);
    expect((await fetch(`${await second.origin()}/new`)).status).toBe(200);
  });

  it('stores its flags where none is stored, and leaves those that are', async () => {
    const own = { ...environment, PERCH_SERVICE: 'seeded' };
    for (const outcome of ['stored', 'kept']) {
      await using seeds = new PerchProcess(['app', 'seed-flags'], own);
      expect(await seeds.ended()).toBe(0);
      expect(seeds.output).toContain(`show_ip: ${outcome}\n`);
    }
  });

  it.each([
    {
      what: 'an environment that is wrong',
      args: [],
      change: { PERCH_TRACK: 'beta', PERCH_HOST: '' },
      code: 2,
      text: 'perch: PERCH_TRACK must be stable or canary, got beta; PERCH_HOST must be 1 to 63',
    },
    {
      what: 'a fault that is not one',
      args: ['--fault', 'fire=1'],
      change: {},
      code: 2,
      text: 'perch: fire is not known',
    },
    {
      what: 'an address of another machine',
      args: [],
      change: { PERCH_BIND: '192.0.2.1' },
      code: 2,
      text: 'perch: 192.0.2.1:0 is not an address to listen on',
    },
  ])('refuses $what in one line', async ({ args, change, code, text }) => {
    await using app = new PerchProcess(['app', ...args], { ...environment, ...change });
    expect(await app.ended()).toBe(code);
    expect(app.output).toContain(text);
  });

  it('ends with one line when the port is in use or the password is wrong', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    await using app = new PerchProcess(['app'], { ...environment, PERCH_PORT: String(port) });
    expect(await app.ended()).toBe(1);
    expect(app.output).toContain(`perch: 127.0.0.1:${port} is in use by another process`);
    other.close();

    const url = redis.url.replace('the-secret', 'a-guess');
    await using locked = new PerchProcess(['app'], { ...environment, PERCH_REDIS_URL: url });
    expect(await locked.ended()).toBe(1);
    expect(locked.output).toContain('Redis refused the user or password of PERCH_REDIS_URL');
    expect(locked.output).not.toContain('a-guess');
  });
});
