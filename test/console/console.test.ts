import { request } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '../../runtime/console/overview.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { until } from '../support/until.ts';
import { ConsoleFixture, onOff, quarterToCanary, service } from './fixture.ts';

let fixture: ConsoleFixture;

beforeAll(async () => {
  fixture = await ConsoleFixture.start();
});

afterAll(() => fixture[Symbol.asyncDispose]());

async function overview(): Promise<Overview> {
  const response = await fetch(`${fixture.origin}/api/overview`);
  return (await response.json()) as Overview;
}

function toggle(key: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${fixture.origin}/flags/${key}/toggle`, { method: 'POST', headers });
}

/** fetch would not send a Host, Origin or Sec-Fetch-Site of the caller's choice. */
async function statusOf(method: string, path: string, headers: Record<string, string>) {
  const sent = request(`${fixture.origin}${path}`, { method, headers }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

describe('the console’s overview', () => {
  it('says that nothing is known before anything was', async () => {
    expect(await overview()).toEqual({
      service,
      release: { condition: 'waiting', document: null },
      proxies: [],
      flags: { condition: 'fresh', list: [] },
      events: [],
    });
  });

  it('shows the release, and of each member what the proxies say', async () => {
    await fixture.release(quarterToCanary);
    const report = { generation: 7, condition: 'fresh', memberHealth: {}, inFlight: {} };
    await fixture.reports.write({
      ...report,
      id: 'p1',
      inFlight: { 'stable-1': 2, 'canary-1': 1 },
      memberHealth: { 'stable-1': 'healthy', 'canary-1': 'unhealthy' },
    });
    await fixture.reports.write({
      ...report,
      id: 'p2',
      inFlight: { 'stable-1': 3 },
      memberHealth: { 'canary-1': 'healthy' },
    });

    const { release, proxies } = await until(async () => {
      const all = await overview();
      return all.release.document !== null && all;
    });

    expect(release.condition).toBe('fresh');
    expect(release.document).toMatchObject({ weight: 25, phase: 'progressing', generation: 7 });
    const members = release.document?.members.map(({ id, state, health, inFlight }) => ({
      id,
      state,
      health,
      inFlight,
    }));
    expect(members).toEqual([
      { id: 'canary-1', state: 'active', health: 'unhealthy', inFlight: 1 },
      { id: 'stable-2', state: 'draining', health: null, inFlight: 0 },
      { id: 'stable-1', state: 'active', health: 'healthy', inFlight: 5 },
    ]);
    expect(proxies).toHaveLength(2);
  });

  it('shows the events, newest first', async () => {
    await fixture.events.append({ type: 'a', text: 'first', by: 'test' });
    await fixture.events.append({ type: 'b', text: 'second', by: 'test' });
    const { events } = await overview();
    expect(events?.slice(0, 2).map(({ text }) => text)).toEqual(['second', 'first']);
  });
});

describe('the console’s switch', () => {
  it('toggles a flag, answers it as it is then, and leaves an event', async () => {
    await fixture.flags.set('new_feature', onOff);
    const response = await toggle('new_feature');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      key: 'new_feature',
      state: 'ENABLED',
      defaultVariant: 'on',
      variants: { on: true, off: false },
      targeted: false,
      description: 'A switch',
    });
    expect((await overview()).events?.[0]).toMatchObject({ type: 'flag-toggled', by: 'console' });
  });

  it('enables a flag that was disabled', async () => {
    await fixture.flags.disable('new_feature', 'test');
    expect(await (await toggle('new_feature')).json()).toMatchObject({ state: 'ENABLED' });
  });

  it('answers 404 for a flag that is not stored', async () => {
    const response = await toggle('nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      detail: 'flag must exist, got nothing',
    });
  });

  it('answers 409 for a flag that has no other side', async () => {
    const variants = { a: 'a', b: 'b', c: 'c' };
    await fixture.flags.set('three', { state: 'ENABLED', variants, defaultVariant: 'a' });
    const response = await toggle('three');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      detail: 'flag three must have two variants to toggle, got a, b, c',
    });
  });

  it('is only there for POST', async () => {
    expect((await fetch(`${fixture.origin}/flags/new_feature/toggle`)).status).toBe(404);
  });
});

describe('the console’s door', () => {
  it.each(['evil.example', 'localhost.evil.example:80', '127.0.0.1.nip.io', '169.254.169.254'])(
    'is shut for a page that came by the name %j',
    async (host) => {
      expect(await statusOf('GET', '/api/overview', { host })).toBe(421);
      expect(await statusOf('POST', '/flags/new_feature/toggle', { host })).toBe(421);
    },
  );

  it.each(['localhost:8090', '127.0.0.1', '[::1]:9', 'LOCALHOST', 'perch.example:443'])(
    'is open by the name %j',
    async (host) => {
      expect(await statusOf('GET', '/api/overview', { host })).toBe(200);
    },
  );

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
  ])('takes no write from a page elsewhere, by %j', async (headers) => {
    const before = await fixture.flags.get('new_feature');
    const sent = { host: 'localhost:8090', ...headers };
    expect(await statusOf('POST', '/flags/new_feature/toggle', sent)).toBe(403);
    expect(await fixture.flags.get('new_feature')).toEqual(before);
  });

  it.each([
    { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8090' },
    { origin: 'http://localhost:8090' },
    {},
  ])('takes a write of its own page, or of no page at all, by %j', async (headers) => {
    const sent = { host: 'localhost:8090', ...headers };
    expect(await statusOf('POST', '/flags/new_feature/toggle', sent)).toBe(200);
  });

  it('lets the page run its own files alone', async () => {
    const { headers } = await fetch(fixture.origin);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
    );
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('gives out the page’s files and nothing else of the disk', async () => {
    expect((await fetch(`${fixture.origin}/console.js`)).headers.get('content-type')).toBe(
      'text/javascript; charset=utf-8',
    );
    expect(await statusOf('GET', '/../console.ts', {})).toBe(404);
    expect(await statusOf('GET', '/%2e%2e/console.ts', {})).toBe(404);
  });
});

describe('the console without Redis', () => {
  it('shows what it knows, says what it cannot, and answers 503 to a switch', async () => {
    await using lonely = await ConsoleFixture.start();
    await lonely.flags.set('new_feature', onOff);
    await lonely.release(quarterToCanary);
    const read = async (): Promise<Overview> =>
      (await (await fetch(`${lonely.origin}/api/overview`)).json()) as Overview;
    await until(async () => {
      const { release, flags } = await read();
      return release.document !== null && flags.list?.length === 1;
    });

    await lonely.server.kill();

    const known = await until(async () => {
      const all = await read();
      return (
        all.release.condition === 'unreachable' && all.flags.condition === 'unreachable' && all
      );
    });
    expect(known.release.document?.weight).toBe(25);
    expect(known.release.document?.members[0]).toMatchObject({ health: null, inFlight: null });
    expect(known.flags.list).toHaveLength(1);
    expect(known.events).toBeNull();
    expect(known.proxies).toBeNull();
    const response = await fetch(`${lonely.origin}/flags/new_feature/toggle`, { method: 'POST' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('keeps its flags when Redis comes back empty, and says so', async () => {
    await fixture.redis.del(redisKeys(service).flags);
    const { flags } = await until(async () => {
      const all = await overview();
      return all.flags.condition === 'absent' && all;
    });
    expect(flags.list?.length).toBeGreaterThan(0);
  });
});
