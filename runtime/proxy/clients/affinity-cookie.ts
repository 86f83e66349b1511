import { randomBytes } from 'node:crypto';
import { memoryLength } from '../../core/routing/client-memory.ts';
import { signatureLength, type CookieKeys } from './cookie-keys.ts';

/** Name of the cookie by which a client keeps its track; it identifies no person. */
const affinityCookie = 'perch-client';

/** Longer than any rollout; equals the longest stickiness of an AWS load balancer (7 days). */
const maxAgeSeconds = 7 * 24 * 3600;

const idBytes = 16;
const idLength = 22;
const signedLength = idLength + 1 + memoryLength;
const valueLength = signedLength + 1 + signatureLength;
/** Cookies of this name whose signatures are checked, so that a request costs a bounded time. */
const mostChecked = 2;

/** Content of the cookie: `ID.MEMORY.SIGNATURE`. */
export interface CookieContent {
  /** Random; routes the client. */
  readonly id: string;
  /** Memory of the client in a rollout; see client-memory.ts. */
  readonly memory: string;
}

export interface CookieContext {
  readonly keys: CookieKeys;
  readonly secure: boolean;
  /** Path below which the client sends the cookie. Default `/`. */
  readonly path?: string | undefined;
}

export interface ReceivedCookie extends CookieContent {
  /** True if a key signed it that no longer signs, so that it should be signed anew. */
  readonly isOutdated: boolean;
}

/**
 * Content of the first cookie with a valid signature in a `Cookie` field (RFC 6265 section 4.2.1);
 * undefined if there is none. Unsigned ids are never accepted: a client could choose its track by
 * trying some.
 */
export function receivedCookie(
  cookies: string | undefined,
  keys: CookieKeys,
): ReceivedCookie | undefined {
  if (cookies === undefined) return undefined;
  let checked = 0;
  for (let start = 0; start < cookies.length && checked < mostChecked;) {
    let end = start;
    // Several Cookie fields were joined by a comma, which no cookie value may contain.
    while (end < cookies.length && cookies[end] !== ';' && cookies[end] !== ',') end += 1;
    const value = valueOf(cookies.slice(start, end).trim());
    if (value !== undefined) {
      checked += 1;
      const content = verified(value, keys);
      if (content !== undefined) return content;
    }
    start = end + 1;
  }
  return undefined;
}

/** Random bytes for the next ids, because drawing them one id at a time is slow. */
let drawn = Buffer.alloc(0);
let used = 0;

export function newClientId(): string {
  if (used === drawn.length) {
    drawn = randomBytes(256 * idBytes);
    used = 0;
  }
  used += idBytes;
  return drawn.toString('base64url', used - idBytes, used);
}

/**
 * Value of the `Set-Cookie` field (RFC 6265 section 4.1.1) that gives a client its id and memory;
 * undefined without a key.
 */
export function setCookie(
  { id, memory }: CookieContent,
  { keys, secure, path = '/' }: CookieContext,
): string | undefined {
  const signed = `${id}.${memory}`;
  const signature = keys.sign(signed);
  if (signature === undefined) return undefined;
  const attributes = `Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`;
  return `${affinityCookie}=${signed}.${signature}; ${attributes}${secure ? '; Secure' : ''}`;
}

function valueOf(pair: string): string | undefined {
  return pair.startsWith(`${affinityCookie}=`) ? pair.slice(affinityCookie.length + 1) : undefined;
}

function verified(value: string, keys: CookieKeys): ReceivedCookie | undefined {
  if (value.length !== valueLength) return undefined;
  if (value[idLength] !== '.' || value[signedLength] !== '.') return undefined;
  const signedBy = keys.check(value.slice(0, signedLength), value.slice(signedLength + 1));
  if (signedBy === undefined) return undefined;
  const id = value.slice(0, idLength);
  const memory = value.slice(idLength + 1, signedLength);
  return { id, memory, isOutdated: signedBy === 'other' };
}
