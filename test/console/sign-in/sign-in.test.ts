import { expect } from 'vitest';
import { onOff } from '../console-server.ts';
import { clock, test } from './fixtures.ts';

test('a person signs in at the provider and comes back to the page that they wanted', async ({
  guarded,
  jar,
}) => {
  const wanted = `${guarded.origin}/?incident=disk%7Chost-1`;
  const { response, url } = await jar.open(wanted, 'Ada@Example.com');
  expect(url.href).toBe(wanted);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('<main id="main"');
  const overview = await jar.send(`${guarded.origin}/api/overview`);
  expect(await overview.json()).toMatchObject({
    page: { operator: 'ada@example.com', isReadOnly: false, person: 'ada@example.com' },
  });
});

test('without a session a page is redirected, everything else gets 401, and health is public', async ({
  guarded,
  jar,
}) => {
  const { origin } = guarded;
  const page = await jar.send(`${origin}/?incident=1`, { headers: { accept: 'text/html' } });
  expect(page.status).toBe(302);
  expect(page.headers.get('location')).toBe('/sign-in?return=%2F%3Fincident%3D1');
  const elsewhere = await guarded.responseOf('GET', '/', { host: 'localhost:1' });
  expect(elsewhere.headers.location).toBe(`${origin}/sign-in?return=%2F`);
  for (const path of ['/api/overview', '/api/stream', '/api/incidents?id=1', '/console.js']) {
    const response = await jar.send(`${origin}${path}`);
    expect([path, response.status]).toEqual([path, 401]);
    expect(await response.json()).toMatchObject({ title: 'Unauthorized' });
  }
  await guarded.flags.set('new_feature', onOff);
  expect((await guarded.toggle('new_feature')).status).toBe(401);
  expect((await guarded.flags.get('new_feature'))?.defaultVariant).toBe('off');
  expect(await guarded.statusOf('GET', '/healthz', { host: '10.0.0.7:8090' })).toBe(200);
  expect(await guarded.statusOf('GET', '/base.css', {})).toBe(200);
  expect(await guarded.statusOf('GET', '/sign-in', { host: 'evil.example' })).toBe(421);
});

test('changes have the name of the person who is signed in, and no other', async ({
  guarded,
  jar,
}) => {
  const { origin } = guarded;
  await guarded.flags.set('new_feature', onOff);
  await guarded.storeRelease({ generation: 5, weight: 0 });
  await jar.open(origin, 'grace@perch.example');
  const toggle = await jar.send(`${origin}/flags/new_feature/toggle`, { method: 'POST' });
  expect(toggle.status).toBe(200);
  expect((await guarded.events.last(1))[0]).toMatchObject({ by: 'grace@perch.example' });
  const eject = (by: object) =>
    jar.send(`${origin}/api/changes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'weight', weight: 5, generation: 5, reason: 'r', ...by }),
    });
  const other = await eject({ by: 'ada@example.com' });
  expect([other.status, await other.json()]).toMatchObject([
    403,
    { detail: 'by must be grace@perch.example, who is signed in, or left out' },
  ]);
});

test('a viewer gets the read-only page, and 403 for a change', async ({ guarded, jar }) => {
  await guarded.flags.set('new_feature', onOff);
  await jar.open(guarded.origin, 'vic@perch.example');
  const overview = await jar.send(`${guarded.origin}/api/overview`);
  expect(await overview.json()).toMatchObject({
    page: { isReadOnly: true, person: 'vic@perch.example' },
  });
  const toggle = await jar.send(`${guarded.origin}/flags/new_feature/toggle`, { method: 'POST' });
  expect([toggle.status, await toggle.json()]).toMatchObject([
    403,
    { detail: 'vic@perch.example may look and change nothing' },
  ]);
});

test.for([
  ['eve@elsewhere.example', 'eve@elsewhere.example is not on the list of people'],
  ['<b>@elsewhere.example', '&lt;b&gt;@elsewhere.example is not on the list'],
  ['ada@example.com.evil.example', 'is not on the list'],
  ['unverified@perch.example', 'does not say that it verified your address unverified@perch'],
] as const)('%s is not let in, and is told why', async ([email, why], { guarded, jar }) => {
  const { response } = await jar.open(guarded.origin, email);
  expect(response.status).toBe(403);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const text = await response.text();
  expect(text).toContain(why);
  expect(text).toContain(`href="${guarded.origin}/sign-in?return=%2F&amp;choose="`);
  expect([...jar.cookies.keys()].filter((name) => name.startsWith('perch-'))).toEqual([]);
});

test('who wants another account is asked for it, although the provider knows them', async ({
  guarded,
  jar,
}) => {
  await jar.open(guarded.origin, 'eve@elsewhere.example');
  const isAsked = ({ pathname }: URL) => pathname.startsWith('/interaction/');
  const again = await jar.open(`${guarded.origin}/sign-in`, '', isAsked);
  expect(again.response.status).toBe(403);
  const other = await jar.open(`${guarded.origin}/sign-in?choose`, '', isAsked);
  expect(isAsked(other.url)).toBe(true);
});

test('a session ends after eight hours', async ({ guarded, jar }) => {
  await jar.open(guarded.origin, 'ada@example.com');
  const statusNow = async () => (await jar.send(`${guarded.origin}/api/overview`)).status;
  using ahead = clock.ahead(7.9);
  expect(await statusNow()).toBe(200);
  ahead.add(0.2);
  expect(await statusNow()).toBe(401);
});

test('signing out ends the session, also for whoever has a copy of its cookie', async ({
  guarded,
  jar,
}) => {
  const { origin } = guarded;
  await jar.open(origin, 'vic@perch.example');
  const copy = jar.cookies.get('perch-session') ?? '';
  const foreign = { origin: 'https://evil.example' };
  const forged = await jar.send(`${origin}/sign-in/out`, { method: 'POST', headers: foreign });
  expect([forged.status, jar.cookies.has('perch-session')]).toEqual([403, true]);
  expect((await jar.send(`${origin}/sign-in/out`, { method: 'POST' })).status).toBe(204);
  expect(jar.cookies.has('perch-session')).toBe(false);
  const cookie = `perch-session=${copy}`;
  expect(await guarded.statusOf('GET', '/api/overview', { cookie })).toBe(401);
  const page = await jar.open(`${origin}/sign-in/out`, '');
  expect([page.response.status, await page.response.text()]).toEqual([
    200,
    expect.stringContaining('You are signed out'),
  ]);
});

test('a stream ends with the session of its page, and says so', async ({ guarded, jar }) => {
  await jar.open(guarded.origin, 'ada@example.com');
  const stream = await jar.send(`${guarded.origin}/api/stream`);
  await jar.send(`${guarded.origin}/sign-in/out`, { method: 'POST' });
  expect(await stream.text()).toMatch(/event: signed-out\ndata: \n\n$/);
});
