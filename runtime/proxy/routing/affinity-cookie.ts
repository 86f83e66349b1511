import { randomUUID } from 'node:crypto';

/**
 * Name of the cookie with a random id by which a client keeps its track; it identifies no person.
 */
const affinityCookie = 'perch-client';

/** Longer than any rollout; equals the longest stickiness of an AWS load balancer (7 days). */
const maxAgeSeconds = 7 * 24 * 3600;
const longestId = 64;

/** Client id in a `Cookie` field (RFC 6265 section 4.2.1); undefined if it has no usable one. */
export function clientIdIn(cookies: string | undefined): string | undefined {
  if (cookies === undefined) return undefined;
  for (let start = 0; start < cookies.length;) {
    let end = start;
    // Several Cookie fields were joined by a comma, which no cookie value may contain.
    while (end < cookies.length && cookies[end] !== ';' && cookies[end] !== ',') end += 1;
    const id = valueOf(cookies.slice(start, end).trim());
    if (id !== undefined && id.length > 0 && id.length <= longestId) return id;
    start = end + 1;
  }
  return undefined;
}

export function newClientId(): string {
  return randomUUID();
}

/** Value of the `Set-Cookie` field (RFC 6265 section 4.1.1) that gives a client its id. */
export function clientIdCookie(id: string, secure: boolean): string {
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`;
  return `${affinityCookie}=${id}; ${attributes}${secure ? '; Secure' : ''}`;
}

function valueOf(pair: string): string | undefined {
  return pair.startsWith(`${affinityCookie}=`) ? pair.slice(affinityCookie.length + 1) : undefined;
}
