import { expect } from 'vitest';
import { ConsoleServer } from '../console-server.ts';
import { CookieJar } from './cookie-jar.ts';
import { clock, signInAt, test } from './fixtures.ts';
import { TestProvider } from './test-provider.ts';

const isCallback = ({ pathname }: URL) => pathname === '/sign-in/callback';

/** Cookies of a console in a jar. */
function ownCookies({ cookies }: CookieJar): string[] {
  return [...cookies.keys()].filter((name) => name.startsWith('perch-'));
}

test('a way back from the provider works once, in the browser that began it, within ten minutes', async ({
  guarded,
  jar,
}) => {
  const back = await jar.open(guarded.origin, 'ada@example.com', isCallback);
  const began = new Map(jar.cookies);
  const open = async (other: CookieJar) => await other.open(back.url.href, '');

  const foreign = new CookieJar();
  const unknown = await open(foreign);
  expect([unknown.response.status, await unknown.response.text()]).toEqual([
    400,
    expect.stringContaining('This sign-in has ended'),
  ]);
  {
    using _ = clock.ahead(0.2);
    const late = new CookieJar(began);
    expect((await open(late)).response.status).toBe(400);
  }
  const wrongState = new URL(back.url);
  wrongState.searchParams.set('state', `${back.url.searchParams.get('state')}x`);
  const wrong = new CookieJar(began);
  expect((await wrong.open(wrongState.href, '')).response.status).toBe(400);

  const wrongIssuer = new URL(back.url);
  wrongIssuer.searchParams.set('iss', 'https://accounts.evil.example');
  const mixedUp = new CookieJar(began);
  expect((await mixedUp.open(wrongIssuer.href, '')).response.status).toBe(403);

  expect((await open(jar)).response.status).toBe(200);
  expect(ownCookies(jar)).toEqual(['perch-session']);
  // Who signed in and goes back has nothing to fear; a copy of the cookies gets no second session.
  expect((await open(jar)).url.href).toBe(`${guarded.origin}/`);
  const replayed = new CookieJar(began);
  const refused = await open(replayed);
  expect([refused.response.status, await refused.response.text()]).toEqual([
    403,
    expect.stringContaining('invalid_grant'),
  ]);
  expect(ownCookies(replayed)).toEqual([]);
});

test('several tabs may sign in at once', async ({ guarded, jar }) => {
  const first = await jar.open(`${guarded.origin}/?incident=1`, 'ada@example.com', isCallback);
  const second = await jar.open(`${guarded.origin}/?incident=2`, 'ada@example.com', isCallback);
  expect((await jar.open(first.url.href, '')).url.search).toBe('?incident=1');
  expect((await jar.open(second.url.href, '')).url.search).toBe('?incident=2');
});

test('a cookie that was tampered with, or that is no session, is no session', async ({
  guarded,
  jar,
}) => {
  await jar.open(guarded.origin, 'ada@example.com', isCallback);
  const [flow = ''] = ownCookies(jar).map((name) => jar.cookies.get(name));
  const other = new CookieJar();
  await other.open(guarded.origin, 'ada@example.com');
  const session = other.cookies.get('perch-session') ?? '';
  const statusWith = (value: string) =>
    guarded.statusOf('GET', '/api/overview', { cookie: `perch-session=${value}` });
  expect(await statusWith(session)).toBe(200);
  const flipped = session.replace(/.(?=.{30}$)/, (one) => (one === 'A' ? 'B' : 'A'));
  for (const value of [flipped, flow, '', 'a.b.c', `${session}A`]) {
    expect(await statusWith(value)).toBe(401);
  }
});

test.for([
  '//evil.example',
  'https://evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/.//evil.example',
  'javascript:alert(1)',
  '/sign-in/out',
  '/api/overview',
  '@evil.example',
])('a sign-in never leads to %j', async (path, { guarded, jar }) => {
  const address = new URL('/sign-in', guarded.origin);
  address.searchParams.set('return', path);
  const isOver = (url: URL) => !isCallback(url) && ownCookies(jar).includes('perch-session');
  const { url } = await jar.open(address.href, 'ada@example.com', isOver);
  expect(url.origin).toBe(guarded.origin);
  expect(url.pathname).toMatch(/^\/(?:\/evil\.example)?$/);
});

test('over https the cookies are for this host alone, out of reach for scripts, and end', async ({
  guarded,
  provider,
  sharedServer,
}) => {
  const origin = 'https://perch.example';
  await using secure = await ConsoleServer.start(sharedServer, {
    signIn: signInAt(provider.issuer, { origin }),
  });
  const headers = { host: 'perch.example' };
  const leaving = await secure.responseOf('GET', '/sign-in?return=/', headers);
  expect(leaving.headers['set-cookie']).toEqual([
    expect.stringMatching(
      /^__Host-perch-sign-in-[\w-]{12}=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ),
  ]);
  const out = await secure.responseOf('POST', '/sign-in/out', headers);
  expect(out.headers['set-cookie']).toEqual([
    '__Host-perch-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
  ]);
  const plain = new CookieJar();
  const back = await plain.open(guarded.origin, 'ada@example.com', isCallback);
  const { headers: sent } = await plain.send(back.url);
  expect(sent.getSetCookie()).toContainEqual(
    expect.stringMatching(
      /^perch-session=[\w.-]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/,
    ),
  );
});

test('a second console keeps people signed in, unless its list or its secret is another one', async ({
  guarded,
  jar,
  provider,
  sharedServer,
}) => {
  await jar.open(guarded.origin, 'ada@example.com');
  const cookie = `perch-session=${jar.cookies.get('perch-session')}`;
  const statusAt = async (overrides: Parameters<typeof signInAt>[1]) => {
    await using other = await ConsoleServer.start(sharedServer, {
      signIn: signInAt(provider.issuer, overrides),
    });
    return await other.statusOf('GET', '/api/overview', { cookie });
  };
  expect(await statusAt({})).toBe(200);
  expect(await statusAt({ users: ['ada@perch.example'] })).toBe(401);
  expect(await statusAt({ clientSecret: 'another secret of the tests' })).toBe(401);
  expect(await statusAt({ issuer: 'http://localhost:1' })).toBe(401);
});

test('a console starts without its provider, says what failed, and tries anew', async ({
  jar,
  sharedServer,
}) => {
  const gone = await TestProvider.listen();
  const { issuer } = gone;
  await gone[Symbol.asyncDispose]();
  await using early = await ConsoleServer.start(sharedServer, { signIn: signInAt(issuer) });
  const failure = await jar.open(early.origin, 'ada@example.com');
  expect(failure.response.status).toBe(503);
  const text = await failure.response.text();
  expect(text).toContain('Nobody can sign in right now');
  expect(text).toContain(`${issuer} cannot be used: fetch failed`);
  await using back = await TestProvider.listen(Number(new URL(issuer).port));
  await back.serve(`${early.origin}/sign-in/callback`, 'https://accounts.evil.example');
  const wrong = await jar.open(early.origin, 'ada@example.com');
  expect([wrong.response.status, await wrong.response.text()]).toEqual([
    403,
    expect.stringContaining('it names https://accounts.evil.example'),
  ]);
  await back.serve(`${early.origin}/sign-in/callback`);
  expect((await jar.open(early.origin, 'ada@example.com')).response.status).toBe(200);
});
