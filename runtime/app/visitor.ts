import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

const cookie = 'perch-visitor';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const maxAgeSeconds = 365 * 24 * 3_600;

/** Random id of the visitor, by which a fractional flag keeps each visitor's variant. */
export function visitorOf(c: Context): string | undefined {
  const id = getCookie(c, cookie);
  return id !== undefined && uuid.test(id) ? id : undefined;
}

/** Returns the visitor's id; a new visitor gets one. */
export function welcome(c: Context): string {
  const known = visitorOf(c);
  if (known !== undefined) return known;
  const id = randomUUID();
  setCookie(c, cookie, id, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: c.req.header('x-forwarded-proto') === 'https',
    maxAge: maxAgeSeconds,
  });
  return id;
}
