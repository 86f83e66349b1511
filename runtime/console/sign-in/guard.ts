import type { Context, MiddlewareHandler } from 'hono';
import { hostNameOf } from '../../contract/host-name.ts';
import { problem } from '../../web/problem-response.ts';
import { safeMethods } from '../same-origin.ts';
import type { SignInCookies } from './cookies.ts';
import type { Sessions } from './sessions.ts';
import { signInHref, signInPath } from './sign-in-pages.ts';

/** Files that the pages for people who are not signed in need. */
const publicFiles = ['/theme.css', '/base.css', '/sign-in.css', '/perch.svg'];

export interface GuardOptions {
  readonly origin: string;
  readonly cookies: SignInCookies;
  readonly sessions: Sessions;
}

/**
 * Lets people who are signed in pass, with their name. Others are redirected to sign in if they want
 * a page, and get 401 otherwise. A write of somebody who may only look gets 403.
 */
export function guard({ origin, cookies, sessions }: GuardOptions): MiddlewareHandler {
  return async (c, next) => {
    const isSafe = safeMethods.includes(c.req.method);
    if (isSafe && publicFiles.includes(c.req.path)) return next();
    const session = await sessions.read(cookies.session(c));
    const access = session && sessions.accessOf(session);
    if (session === undefined || access === undefined) {
      return isSafe && wantsPage(c) ? toSignIn(c, origin) : withoutSession(c, origin);
    }
    if (!isSafe && access === 'viewer') {
      return problem(c, 403, `${session.email} may look and change nothing`);
    }
    c.set('visitor', {
      email: session.email,
      mayChange: access === 'user',
      isSignedIn: () => sessions.accessOf(session) !== undefined,
    });
    return next();
  };
}

function wantsPage(c: Context): boolean {
  return c.req.path === '/' || c.req.header('accept')?.includes('text/html') === true;
}

/** Redirects to the public host, whose cookies the way back from the provider needs. */
function toSignIn(c: Context, origin: string): Response {
  const { pathname, search } = new URL(c.req.url);
  const href = signInHref(origin, `${pathname}${search}`);
  const isPublicHost = hostNameOf(c.req.header('host') ?? '') === new URL(origin).hostname;
  c.header('cache-control', 'no-store');
  return c.redirect(isPublicHost ? href.slice(origin.length) : href);
}

function withoutSession(c: Context, origin: string): Response {
  c.header('cache-control', 'no-store');
  return problem(c, 401, `nobody is signed in; sign in at ${origin}${signInPath}`);
}
