import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { parseInput } from '../core/input/input.ts';
import { badRequest, problem } from '../web/problem-response.ts';
import { maxValues, type ValueStore } from './value-store.ts';

const bytes = (least: number, most: number) => {
  const rule = `must be ${least} to ${most} bytes`;
  return z.string('must be given').refine((text) => {
    const length = Buffer.byteLength(text);
    return length >= least && length <= most;
  }, rule);
};

const key = bytes(1, 128);
const setQuery = z.strictObject({ key, value: bytes(0, 4_096) });
const getQuery = z.strictObject({ key });

/** Routes `POST /set?key=&value=` and `GET /get?key=`. */
export function valueRoutes(values: ValueStore): Hono {
  return new Hono()
    .post('/set', async (c) => {
      const query = parseInput(setQuery, c.req.query());
      if (!query.ok) return badRequest(c, query.problems);
      const outcome = await values.set(query.value.key, query.value.value);
      return outcome === 'full' ? full(c) : c.json(query.value);
    })
    .get('/get', async (c) => {
      const query = parseInput(getQuery, c.req.query());
      if (!query.ok) return badRequest(c, query.problems);
      const value = await values.get(query.value.key);
      if (value === undefined) return problem(c, 404, 'no value is set for this key');
      return c.json({ key: query.value.key, value });
    });
}

function full(c: Context): Response {
  return problem(c, 507, `at most ${maxValues} keys may be stored`);
}
