import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import { page, service, test, untilStatus } from '../fixtures.ts';

async function backgroundOf(origin: string): Promise<string | undefined> {
  return /body { background-color: (\w+) }/.exec(await page(origin))?.[1];
}

/** Statuses of `/new` for 60 visitors. */
function statusesOfNew(origin: string): Promise<number[]> {
  return Promise.all(Array.from({ length: 60 }, (_, id) => statusOfNewFor(origin, id)));
}

async function statusOfNewFor(origin: string, id: number): Promise<number> {
  const visitor = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
  const headers = { cookie: `perch-visitor=${visitor}` };
  return (await fetch(`${origin}/new`, { headers })).status;
}

test('the page is red on stable and green on the canary, by targeting', async ({
  stable,
  canary,
}) => {
  expect(await page(stable)).toContain('body { background-color: red }');
  expect(await page(canary)).toContain('body { background-color: green }');
});

test('the page names the track and version that answered, and marks a canary', async ({
  stable,
  canary,
}) => {
  expect(await page(stable)).toContain('This response comes from the stable version.');
  expect(await page(stable)).toContain('Version 1.0.0');
  expect(await page(stable)).not.toContain('This is a canary.');
  expect(await page(canary)).toContain('Version 2.0.0');
  expect(await page(canary)).toContain('This is a canary.');
});

test("the page shows the server's address only while show_ip is on", async ({ demo, stable }) => {
  const address = new URL(stable).host;
  expect(await page(stable)).not.toContain(address);

  await demo.flags.toggle('show_ip');
  await until(async () => (await page(stable)).includes(`h1, ${address}`));

  await demo.flags.toggle('show_ip');
  await until(async () => !(await page(stable)).includes(address));
  expect(await page(stable, '/version')).not.toContain('h1');
});

test('the page follows the flag background in every member', async ({ demo, stable, canary }) => {
  await demo.flags.toggle('background');
  const another = await demo.member('stable');
  const colours = () => Promise.all([backgroundOf(stable), backgroundOf(another)]);
  await until(async () => (await colours()).every((colour) => colour === 'green'));
  await demo.flags.toggle('background');
  await until(async () => (await colours()).every((colour) => colour === 'red'));
  expect(await backgroundOf(canary)).toBe('green');
});

test('the page shows a background that is not a colour as text, never as style', async ({
  demo,
  stable,
}) => {
  const attack = 'red}</style><script>alert(1)</script>';
  const before = await demo.flags.get('background');
  await demo.flags.set('background', {
    state: 'ENABLED',
    variants: { attack },
    defaultVariant: 'attack',
  });

  const html = await until(async () => {
    const html = await page(stable);
    return html.includes('(not a colour)') && html;
  });
  expect(html).toContain('red}&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt; (not a colour)');
  expect(html).not.toContain(attack);
  await demo.flags.set('background', before);
});

test('the page escapes values of the environment', async ({ demo }) => {
  const member = await demo.member('stable', { version: '<b>"1"</b>' });
  expect(await page(member)).toContain('Version &lt;b&gt;&quot;1&quot;&lt;/b&gt;');
});

test("the page's policy allows only its own scripts and styles with a nonce of this response", async ({
  stable,
}) => {
  const responses = await Promise.all([fetch(stable), fetch(stable)]);
  const policies = responses.map(({ headers }) => headers.get('content-security-policy') ?? '');
  expect(policies[0]).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'nonce-[^']+'; connect-src 'self'; /,
  );
  expect(policies[0]).not.toBe(policies[1]);
  const nonce = /'nonce-([^']+)'/.exec(policies[0] ?? '')?.[1];
  expect(await responses[0]?.text()).toContain(`<style nonce="${nonce}">`);
});

test('the page gives a visitor one id, which scripts cannot read', async ({ stable }) => {
  const first = await fetch(stable);
  const cookie = first.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^perch-visitor=[0-9a-f-]{36}; .*HttpOnly; SameSite=Lax$/);

  const again = await fetch(stable, { headers: { cookie: cookie.split(';', 1)[0] ?? '' } });
  expect(again.headers.get('set-cookie')).toBeNull();
  const forged = await fetch(stable, { headers: { cookie: 'perch-visitor=<script>' } });
  expect(forged.headers.get('set-cookie')).toMatch(/^perch-visitor=[0-9a-f-]{36};/);
});

test('a fractional flag keeps its variant for each visitor', async ({ demo, stable }) => {
  const before = await demo.flags.get('new_feature');
  await demo.flags.set('new_feature', {
    state: 'ENABLED',
    variants: { on: true, off: false },
    defaultVariant: 'off',
    targeting: { fractional: [{ var: 'targetingKey' }, ['on', 50], ['off', 50]] },
  });
  await until(async () => new Set(await statusesOfNew(stable)).size === 2);
  expect(await statusesOfNew(stable)).toEqual(await statusesOfNew(stable));
  await demo.flags.set('new_feature', before);
  await until(async () => (await statusesOfNew(stable)).every((status) => status === 404));
});

test('/version names the member and its background for scripts', async ({ canary }) => {
  const response = await fetch(`${canary}/version`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({
    service,
    track: 'canary',
    version: '2.0.0',
    memberId: 'shop-canary-1',
    background: 'green',
  });
});

test('/new exists only while new_feature is on', async ({ demo, stable }) => {
  await untilStatus(`${stable}/new`, 404);
  await demo.flags.toggle('new_feature');
  const response = await untilStatus(`${stable}/new`, 200);
  expect(await response.text()).toContain('New feature');
  expect(await page(stable)).toContain('href="/new"');
  await demo.flags.toggle('new_feature');
});

test('/newfeature exists only while myflag is enable', async ({ demo, stable }) => {
  expect((await fetch(`${stable}/newfeature`)).status).toBe(404);
  await demo.flags.toggle('myflag');
  expect(await (await untilStatus(`${stable}/newfeature`, 200)).text()).toContain(
    'Feature enabled',
  );
  await demo.flags.disable('myflag', 'test');
  await untilStatus(`${stable}/newfeature`, 404);
});

test('the page links a file that its version has and another has not', async ({
  stable,
  canary,
}) => {
  const [path = ''] = /\/assets\/about\.[0-9a-f]{8}\.txt/.exec(await page(canary)) ?? [];
  const file = await fetch(`${canary}${path}`);
  expect(await file.text()).toContain('Version 2.0.0 of ');
  expect((await fetch(`${stable}${path}`)).status).toBe(404);
});
