import type { Context, MiddlewareHandler } from 'hono';
import { tooManyRequests } from '../web/problem-response.ts';
import { safeMethods } from './same-origin.ts';
import { TokenBuckets } from './token-buckets.ts';

/** Nobody clicks more. Previews count too. */
const allowance = { burst: 60, perSecond: 2 };

/**
 * Rejects writes of a client beyond what a person can cause: a page or a script that went wrong must
 * not fill the events, keep Redis busy, or stop others.
 * @param clientOf - name of the client that makes a request.
 * @param now - monotonic time, milliseconds.
 */
export function limitedWrites(
  clientOf: (c: Context) => string,
  now: () => number,
): MiddlewareHandler {
  const buckets = new TokenBuckets(allowance, now);
  const { burst, perSecond } = allowance;
  return async (c, next) => {
    if (safeMethods.includes(c.req.method) || buckets.take(clientOf(c))) return next();
    return tooManyRequests(c, `at most ${perSecond} changes a second, and ${burst} at once`);
  };
}
