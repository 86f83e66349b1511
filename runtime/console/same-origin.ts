import type { MiddlewareHandler } from 'hono';
import { problem } from '../core/input/problem-response.ts';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Answers only requests that name this console in `Host`. A page elsewhere whose name was made to
 * point here (DNS rebinding) has its own name in there.
 */
export function knownHost(allowedHosts: readonly string[]): MiddlewareHandler {
  const known = new Set([...loopbackNames, ...allowedHosts].map((name) => name.toLowerCase()));
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (known.has(host.toLowerCase().replace(/:\d+$/, ''))) return next();
    const detail = `Host must be ${[...known].join(', ')}; add --allowed-host for others`;
    return problem(c, 421, detail);
  };
}

/**
 * Lets no page of another origin change anything (cross-site request forgery): what a browser says
 * in `Sec-Fetch-Site`, else in `Origin`, has to be this origin. A request with neither comes from no
 * browser. The rules are those of Go's http.CrossOriginProtection; see Fetch Metadata and
 * https://words.filippo.io/csrf/.
 */
export const sameOriginWrites: MiddlewareHandler = async (c, next) => {
  if (safeMethods.includes(c.req.method)) return next();
  if (isSameOrigin(c.req.header('sec-fetch-site'), c.req.header('origin'), c.req.header('host'))) {
    return next();
  }
  return problem(c, 403, 'only the console’s own page may change something');
};

function isSameOrigin(
  site: string | undefined,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || URL.parse(origin)?.host === host?.toLowerCase();
}
