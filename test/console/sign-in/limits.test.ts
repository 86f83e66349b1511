import { expect } from 'vitest';
import { onOff } from '../console-server.ts';
import { CookieJar } from './cookie-jar.ts';
import { test } from './fixtures.ts';

test('sign-ins are limited by the address that the proxy adds, whatever the client claims', async ({
  guarded,
}) => {
  const responsesFrom = async (forwarded: (index: number) => string) =>
    await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        guarded.responseOf('GET', '/sign-in/callback', { 'x-forwarded-for': forwarded(index) }),
      ),
    );
  const claimed = await responsesFrom((index) => `10.0.0.${index}, 203.0.113.7`);
  const limited = claimed.find(({ statusCode }) => statusCode === 429);
  expect(limited?.headers['retry-after']).toBe('10');
  const network = await responsesFrom((index) => `2001:db8:1:2::${index}`);
  expect(network.map(({ statusCode }) => statusCode)).toContain(429);
  const others = await responsesFrom((index) => `198.51.100.${index}`);
  expect(new Set(others.map(({ statusCode }) => statusCode))).toEqual(new Set([400]));
});

test('changes and open pages are limited by person, at any address', async ({ guarded, jar }) => {
  const { origin } = guarded;
  await guarded.flags.set('new_feature', onOff);
  await jar.open(origin, 'ada@example.com');
  const other = new CookieJar();
  await other.open(origin, 'grace@perch.example');
  const preview = async (by: CookieJar, index: number) => {
    const headers = {
      'content-type': 'application/json',
      'x-forwarded-for': `198.51.100.${index}`,
    };
    return (await by.send(`${origin}/api/changes/preview`, { method: 'POST', headers })).status;
  };
  const statuses = await Promise.all(Array.from({ length: 90 }, (_, index) => preview(jar, index)));
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(1);
  expect(await preview(other, 0)).toBe(400);

  const closing = new AbortController();
  const { signal } = closing;
  const stream = async (by: CookieJar) =>
    (await by.send(`${origin}/api/stream`, { signal })).status;
  const streams = await Promise.all(Array.from({ length: 21 }, () => stream(jar)));
  expect(streams.toSorted()).toEqual([...Array.from({ length: 20 }, () => 200), 429]);
  expect(await stream(other)).toBe(200);
  closing.abort();
});
