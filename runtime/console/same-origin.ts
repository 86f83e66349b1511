import type { MiddlewareHandler } from 'hono';
import { problem } from '../web/problem-response.ts';

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];
/** Methods of requests that change nothing (RFC 9110, section 9.2.1). */
export const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Rejects requests whose `Host` is not a name of this console. That stops DNS rebinding: a foreign
 * page whose name resolves to this machine sends its own name.
 */
export function knownHost(allowedHosts: readonly string[]): MiddlewareHandler {
  const known = new Set([...loopbackNames, ...allowedHosts].map((name) => name.toLowerCase()));
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (known.has(host.toLowerCase().replace(/:\d+$/, ''))) return next();
    const detail = `Host must be one of ${[...known].join(', ')}; add others with --allowed-host`;
    return problem(c, 421, detail);
  };
}

/**
 * Rejects writes by pages of another origin (cross-site request forgery): `Sec-Fetch-Site`, or else
 * `Origin`, must name this origin. A request with neither header does not come from a browser. The
 * rules are those of Go's http.CrossOriginProtection; see Fetch Metadata and
 * https://words.filippo.io/csrf/.
 */
export const sameOriginWrites: MiddlewareHandler = async (c, next) => {
  if (safeMethods.includes(c.req.method)) return next();
  if (isSameOrigin(c.req.header('sec-fetch-site'), c.req.header('origin'), c.req.header('host'))) {
    return next();
  }
  return problem(c, 403, "only the console's own page may make changes");
};

/** Rejects every write. */
export const readOnly: MiddlewareHandler = async (c, next) =>
  safeMethods.includes(c.req.method) ? next() : problem(c, 403, 'this console only shows');

function isSameOrigin(
  site: string | undefined,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || URL.parse(origin)?.host === host?.toLowerCase();
}
