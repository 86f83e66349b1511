import { expect, test } from 'vitest';
import {
  clientIdCookie,
  clientIdIn,
  newClientId,
} from '../../../runtime/proxy/routing/affinity-cookie.ts';

test.each([
  { cookies: undefined, id: undefined },
  { cookies: '', id: undefined },
  { cookies: 'perch-client=a1', id: 'a1' },
  { cookies: 'theme=dark; perch-client=a1; lang=en', id: 'a1' },
  { cookies: 'theme=dark, perch-client=a1', id: 'a1' },
  { cookies: 'perch-client=a1; perch-client=b2', id: 'a1' },
  { cookies: 'perch-client=; perch-client=b2', id: 'b2' },
  { cookies: 'xperch-client=a1', id: undefined },
  { cookies: 'perch-client', id: undefined },
  { cookies: `perch-client=${'a'.repeat(65)}`, id: undefined },
])('the client id in "$cookies" is $id', ({ cookies, id }) => {
  expect(clientIdIn(cookies)).toBe(id);
});

test('the cookie is valid for all paths, hidden from scripts and not sent from other sites', () => {
  expect(clientIdCookie('a1', false).split('; ')).toEqual([
    'perch-client=a1',
    'Path=/',
    'Max-Age=604800',
    'HttpOnly',
    'SameSite=Lax',
  ]);
});

test('the cookie is Secure if the client uses https', () => {
  expect(clientIdCookie('a1', true).split('; ')).toContain('Secure');
});

test('each client gets another id, which can be read back', () => {
  const ids = new Set(Array.from({ length: 1_000 }, newClientId));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(clientIdIn(clientIdCookie(id, true))).toBe(id);
});
