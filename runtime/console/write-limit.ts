import type { MiddlewareHandler } from 'hono';
import { tooManyRequests } from '../web/problem-response.ts';
import { safeMethods } from './same-origin.ts';

/** Writes that may come at once: nobody clicks more, and previews count too. */
const burst = 60;
const perSecond = 2;

/**
 * Rejects writes beyond what people can cause, of all clients together: a page or a script that went
 * wrong must not fill the events, or keep Redis busy (a token bucket).
 * @param now - monotonic time, milliseconds.
 */
export function limitedWrites(now: () => number): MiddlewareHandler {
  let left = burst;
  let at = now();
  return async (c, next) => {
    if (safeMethods.includes(c.req.method)) return next();
    const nowMs = now();
    left = Math.min(burst, left + ((nowMs - at) * perSecond) / 1_000);
    at = nowMs;
    if (left < 1) {
      return tooManyRequests(c, `at most ${perSecond} changes a second, and ${burst} at once`);
    }
    left -= 1;
    return next();
  };
}
