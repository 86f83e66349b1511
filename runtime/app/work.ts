import { setTimeout as delay } from 'node:timers/promises';
import { Hono } from 'hono';
import { z } from 'zod';
import { parseInput } from '../core/input/input.ts';
import { burnCpu } from './burn-cpu.ts';
import { badRequest, tooManyRequests } from '../web/problem-response.ts';

/** Maximum of concurrent requests that burn CPU, per member. */
const maxSieges = 4;
/** Maximum of concurrent slow requests, per member. */
const maxSlow = 1_000;

const durationQuery = (fallback: number, most: number) => {
  const rule = `must be a whole number from 0 to ${most}`;
  return z.strictObject({
    ms: z
      .string()
      .regex(/^\d{1,6}$/, rule)
      .transform(Number)
      .refine((value) => value <= most, rule)
      .default(fallback),
  });
};

/** `GET /siege?ms=`: burns CPU for `ms` milliseconds. Default 500, maximum 5,000. */
export function siegeRoute(): Hono {
  const query = durationQuery(500, 5_000);
  return boundedRoute('/siege', query, maxSieges, burnCpu);
}

/** `GET /slow?ms=`: responds after `ms` milliseconds. Default 2,000, maximum 10,000. */
export function slowRoute(): Hono {
  const query = durationQuery(2_000, 10_000);
  return boundedRoute('/slow', query, maxSlow, (ms, signal) =>
    delay(ms, undefined, { signal }).catch(() => undefined),
  );
}

function boundedRoute(
  path: string,
  schema: ReturnType<typeof durationQuery>,
  maxConcurrent: number,
  work: (durationMs: number, signal: AbortSignal) => Promise<void>,
): Hono {
  let running = 0;
  return new Hono().get(path, async (c) => {
    const query = parseInput(schema, c.req.query());
    if (!query.ok) return badRequest(c, query.problems);
    if (running >= maxConcurrent) {
      return tooManyRequests(c, `at most ${maxConcurrent} of these requests may run at once`);
    }
    running += 1;
    try {
      await work(query.value.ms, c.req.raw.signal);
      return c.json({ ms: query.value.ms });
    } finally {
      running -= 1;
    }
  });
}
