import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { maxValues } from '../../runtime/app/value-store.ts';
import { until } from '../support/until.ts';
import { AppFixture, service, untilStatus } from './fixture.ts';

let fixture: AppFixture;
let stable: string;
let canary: string;

beforeAll(async () => {
  fixture = await AppFixture.start();
  stable = await fixture.member('stable', { version: '1.0.0' });
  canary = await fixture.member('canary', { version: '2.0.0' });
});

afterAll(() => fixture[Symbol.asyncDispose]());

const post = (url: string) => fetch(url, { method: 'POST' });
const page = async (origin: string, path = '/', headers: Record<string, string> = {}) =>
  (await fetch(`${origin}${path}`, { headers })).text();

async function backgroundOf(origin: string): Promise<string | undefined> {
  return /body { background-color: (\w+) }/.exec(await page(origin))?.[1];
}

/** What `/new` answers to each of 60 visitors. */
function statusesOfNew(): Promise<number[]> {
  return Promise.all(Array.from({ length: 60 }, (_, id) => statusOfNewFor(id)));
}

async function statusOfNewFor(id: number): Promise<number> {
  const visitor = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
  const headers = { cookie: `perch-visitor=${visitor}` };
  return (await fetch(`${stable}/new`, { headers })).status;
}

describe('the demo app’s page', () => {
  it('is red on stable and green on the canary, by targeting', async () => {
    expect(await page(stable)).toContain('body { background-color: red }');
    expect(await page(canary)).toContain('body { background-color: green }');
  });

  it('says which track and version answered, and plainly that a canary did', async () => {
    expect(await page(stable)).toContain('This response comes from the stable version.');
    expect(await page(stable)).toContain('Version 1.0.0');
    expect(await page(stable)).not.toContain('This is a canary.');
    expect(await page(canary)).toContain('Version 2.0.0');
    expect(await page(canary)).toContain('This is a canary.');
  });

  it('shows the server’s address only while show_ip is on', async () => {
    const address = new URL(stable).host;
    expect(await page(stable)).not.toContain(address);

    await fixture.flags.toggle('show_ip');
    await until(async () => (await page(stable)).includes(`h1, ${address}`));

    await fixture.flags.toggle('show_ip');
    await until(async () => !(await page(stable)).includes(address));
    expect(await page(stable, '/version')).not.toContain('h1');
  });

  it('follows the flag background in every member', async () => {
    await fixture.flags.toggle('background');
    const another = await fixture.member('stable');
    const colours = () => Promise.all([backgroundOf(stable), backgroundOf(another)]);
    await until(async () => (await colours()).every((colour) => colour === 'green'));
    await fixture.flags.toggle('background');
    await until(async () => (await colours()).every((colour) => colour === 'red'));
    expect(await backgroundOf(canary)).toBe('green');
  });

  it('writes a background that is no colour as text and not as style', async () => {
    const attack = 'red}</style><script>alert(1)</script>';
    const before = await fixture.flags.get('background');
    await fixture.flags.set('background', {
      state: 'ENABLED',
      variants: { attack },
      defaultVariant: 'attack',
    });

    const html = await until(async () => {
      const html = await page(stable);
      return html.includes('(not a colour)') && html;
    });
    expect(html).toContain(
      'red}&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt; (not a colour)',
    );
    expect(html).not.toContain(attack);
    await fixture.flags.set('background', before);
  });

  it('escapes what the environment says', async () => {
    const member = await fixture.member('stable', { version: '<b>"1"</b>' });
    expect(await page(member)).toContain('Version &lt;b&gt;&quot;1&quot;&lt;/b&gt;');
  });

  it('allows no script but its own file and no style but with its nonce, new each time', async () => {
    const responses = await Promise.all([fetch(stable), fetch(stable)]);
    const policies = responses.map(({ headers }) => headers.get('content-security-policy') ?? '');
    expect(policies[0]).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'nonce-[^']+'; connect-src 'self'; /,
    );
    expect(policies[0]).not.toBe(policies[1]);
    const nonce = /'nonce-([^']+)'/.exec(policies[0] ?? '')?.[1];
    expect(await responses[0]?.text()).toContain(`<style nonce="${nonce}">`);
  });

  it('gives a visitor an id once, which the visitor’s scripts cannot read', async () => {
    const first = await fetch(stable);
    const cookie = first.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^perch-visitor=[0-9a-f-]{36}; .*HttpOnly; SameSite=Lax$/);

    const again = await fetch(stable, { headers: { cookie: cookie.split(';', 1)[0] ?? '' } });
    expect(again.headers.get('set-cookie')).toBeNull();
    const forged = await fetch(stable, { headers: { cookie: 'perch-visitor=<script>' } });
    expect(forged.headers.get('set-cookie')).toMatch(/^perch-visitor=[0-9a-f-]{36};/);
  });

  it('keeps each visitor on one side of a flag that goes to a share of visitors', async () => {
    await fixture.flags.set('new_feature', {
      state: 'ENABLED',
      variants: { on: true, off: false },
      defaultVariant: 'off',
      targeting: { fractional: [{ var: 'targetingKey' }, ['on', 50], ['off', 50]] },
    });
    await until(async () => new Set(await statusesOfNew()).size === 2);
    expect(await statusesOfNew()).toEqual(await statusesOfNew());
  });

  it('names itself and its background for scripts', async () => {
    const response = await fetch(`${canary}/version`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      service,
      track: 'canary',
      version: '2.0.0',
      memberId: 'shop-canary-2',
      background: 'green',
    });
  });
});

describe('the demo app’s features', () => {
  it('has /new only while new_feature is on', async () => {
    const off = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
    await fixture.flags.set('new_feature', off);
    await untilStatus(`${stable}/new`, 404);
    await fixture.flags.toggle('new_feature');
    const response = await untilStatus(`${stable}/new`, 200);
    expect(await response.text()).toContain('New feature');
    expect(await page(stable)).toContain('href="/new"');
  });

  it('has /newfeature only while myflag is enable', async () => {
    expect((await fetch(`${stable}/newfeature`)).status).toBe(404);
    await fixture.flags.toggle('myflag');
    expect(await (await untilStatus(`${stable}/newfeature`, 200)).text()).toContain(
      'Feature enabled',
    );
    await fixture.flags.disable('myflag', 'test');
    await untilStatus(`${stable}/newfeature`, 404);
  });

  it('has /siege only while siege_feature is on, for 5,000 ms at most', async () => {
    expect((await fetch(`${stable}/siege?ms=1`)).status).toBe(404);
    await fixture.flags.toggle('siege_feature');
    const response = await untilStatus(`${stable}/siege?ms=1`, 200);
    expect(await response.json()).toEqual({ ms: 1 });

    const tooLong = await fetch(`${stable}/siege?ms=5001`);
    expect(tooLong.status).toBe(400);
    expect(await tooLong.json()).toMatchObject({
      detail: 'ms must be a whole number from 0 to 5000, got 5001',
      problems: [{ field: 'ms', rule: 'must be a whole number from 0 to 5000', value: '5001' }],
    });
  });

  it('burns CPU for four at once and no more, and answers others meanwhile', async () => {
    const sieges = Array.from({ length: 6 }, () => fetch(`${stable}/siege?ms=400`));
    expect((await fetch(`${stable}/healthz`)).status).toBe(200);
    const responses = await Promise.all(sieges);
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.map(({ status }) => status)).toEqual([429, 429]);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  });

  it('has /slow on the canary only', async () => {
    expect((await fetch(`${stable}/slow?ms=1`)).status).toBe(404);
    expect(await (await fetch(`${canary}/slow?ms=1`)).json()).toEqual({ ms: 1 });
    expect((await fetch(`${canary}/slow?ms=60000`)).status).toBe(400);
  });
});

describe('the demo app’s values', () => {
  it('are shared by all members', async () => {
    expect(
      (await post(`${stable}/set?key=fruit&value=${encodeURIComponent('kiwi & ✓')}`)).status,
    ).toBe(200);
    expect(await (await fetch(`${canary}/get?key=fruit`)).json()).toEqual({
      key: 'fruit',
      value: 'kiwi & ✓',
    });
    expect((await fetch(`${canary}/get?key=none`)).status).toBe(404);
  });

  it('are set by POST alone', async () => {
    const response = await fetch(`${stable}/set?key=a&value=b`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('have bounds, and every field that breaks one is named', async () => {
    const response = await post(`${stable}/set?key=&value=${'x'.repeat(4_097)}&ttl=3`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      title: 'Bad Request',
      problems: [
        { field: 'key', rule: 'must be 1 to 128 bytes', value: '' },
        { field: 'value', rule: 'must be 0 to 4096 bytes' },
        { field: 'ttl', rule: 'is not known' },
      ],
    });
    expect(await (await fetch(`${stable}/get`)).json()).toMatchObject({
      detail: 'key must be given',
    });
  });

  it('are refused when as many keys are kept as fit, save for keys that are kept', async () => {
    const key = redisKeys(service).app;
    const kept = (await fixture.redis.hlen(key)) ?? 0;
    const more = Array.from({ length: maxValues - kept }, (_, index) => [`k${index}`, 'v']).flat();
    await fixture.redis.hset(key, ...more);

    expect((await post(`${stable}/set?key=one-more&value=1`)).status).toBe(507);
    expect((await post(`${stable}/set?key=k0&value=new`)).status).toBe(200);
    expect(await fixture.redis.hlen(key)).toBe(maxValues);
  });

  it('are there while set_get is on, which it is unless switched off', async () => {
    await fixture.flags.toggle('set_get');
    await untilStatus(`${stable}/get?key=fruit`, 404);
    expect((await post(`${stable}/set?key=a&value=b`)).status).toBe(404);
    await fixture.flags.disable('set_get', 'test');
    await untilStatus(`${stable}/get?key=fruit`, 200);
  });

  it('answer 503 with Retry-After while Redis is away', async () => {
    await using lonely = await AppFixture.start();
    const member = await lonely.member('stable');
    await lonely.server.kill();
    const response = await fetch(`${member}/get?key=fruit`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect((await fetch(member)).status).toBe(200);
  });
});

describe('the demo app', () => {
  it('answers a path that is not there with a page for people, with a document for the rest', async () => {
    const forPeople = await fetch(`${stable}/nope`, { headers: { accept: 'text/html' } });
    expect(forPeople.status).toBe(404);
    expect(await forPeople.text()).toContain('Page not found');
    const forPrograms = await fetch(`${stable}/nope`);
    expect(await forPrograms.json()).toMatchObject({ title: 'Not Found', status: 404 });
  });

  it('has no /faults unless started for faults', async () => {
    expect(
      (await fetch(`${stable}/faults`, { method: 'POST', body: '{"hang":true}' })).status,
    ).toBe(404);
  });

  it('answers HEAD as GET without the body', async () => {
    const socket = connect(Number(new URL(stable).port), '127.0.0.1');
    socket.write('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\n\r\n$/);
  });
});
