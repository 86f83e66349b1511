import { expect, test } from 'vitest';
import {
  newClientId,
  receivedCookie,
  setCookie,
} from '../../../runtime/proxy/clients/affinity-cookie.ts';
import { CookieKeys } from '../../../runtime/proxy/clients/cookie-keys.ts';
import { newCookieKey } from '../../../runtime/store/clients/cookie-key.ts';

const keys = new CookieKeys();
keys.learn(newCookieKey());
const strangers = new CookieKeys();
strangers.learn(newCookieKey());

const [one, two] = [newClientId(), newClientId()];
const signed = (id: string, signing = keys) =>
  setCookie({ id, memory: 'abcde0' }, { keys: signing, secure: true })?.split(';', 1)[0] ?? '';
const a = signed(one);
const b = signed(two);

test.each([
  { cookies: undefined, id: undefined },
  { cookies: '', id: undefined },
  { cookies: a, id: one },
  { cookies: `theme=dark; ${a}; lang=en`, id: one },
  { cookies: `theme=dark, ${a}`, id: one },
  { cookies: `${a}; ${b}`, id: one },
  { cookies: `perch-client=; ${b}`, id: two },
  { cookies: `x${a}`, id: undefined },
  { cookies: 'perch-client', id: undefined },
  { cookies: `perch-client=${one}`, id: undefined },
  { cookies: `${a}A`, id: undefined },
  { cookies: a.slice(0, -1), id: undefined },
  { cookies: a.replace(one, two), id: undefined },
  { cookies: a.replace('abcde0', 'abcde1'), id: undefined },
  { cookies: signed(one, strangers), id: undefined },
])('the client id in "$cookies" is $id', ({ cookies, id }) => {
  expect(receivedCookie(cookies, keys)?.id).toBe(id);
});

test('any one letter that is changed makes a cookie invalid', () => {
  for (let at = 'perch-client='.length; at < a.length; at += 1) {
    const other = a[at] === 'x' ? 'y' : 'x';
    const forged = `${a.slice(0, at)}${other}${a.slice(at + 1)}`;
    expect(receivedCookie(forged, keys)).toBeUndefined();
  }
});

test('a request with many forged cookies costs no more than two checks', () => {
  const forged = signed(one, strangers);
  expect(receivedCookie(`${forged}; ${a}`, keys)?.id).toBe(one);
  expect(receivedCookie(`${forged}; ${forged}; ${a}`, keys)).toBeUndefined();
});

test('a cookie carries the memory of a client', () => {
  const cookie = setCookie({ id: one, memory: 'fghij5' }, { keys, secure: false });
  expect(receivedCookie(cookie, keys)).toEqual({ id: one, memory: 'fghij5', isOutdated: false });
});

test('the cookie is valid for all paths, hidden from scripts and not sent from other sites', () => {
  const content = { id: one, memory: 'abcde0' };
  expect(setCookie(content, { keys, secure: false })?.split('; ')).toEqual([
    a,
    'Path=/',
    'Max-Age=604800',
    'HttpOnly',
    'SameSite=Lax',
  ]);
});

test('the cookie is Secure if the client uses https, and shorter than 150 bytes', () => {
  const cookie = setCookie({ id: one, memory: 'abcde0' }, { keys, secure: true });
  expect(cookie?.split('; ')).toContain('Secure');
  expect(cookie?.length).toBeLessThan(150);
});

test('without a key there is no cookie', () => {
  const none = new CookieKeys();
  expect(setCookie({ id: one, memory: 'abcde0' }, { keys: none, secure: true })).toBeUndefined();
  expect(receivedCookie(a, none)).toBeUndefined();
});

test('each client gets another id', () => {
  const ids = new Set(Array.from({ length: 1_000 }, newClientId));
  expect(ids.size).toBe(1_000);
});
