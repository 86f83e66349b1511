import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { parseInput } from '../../core/input/input.ts';
import { badRequest, problem } from '../../web/problem-response.ts';
import { visitorOf } from '../sign-in/visitor.ts';

const mostBytes = 16_384;

/** Refuses a larger body. */
export function bodyOfAtMost(bytes: number) {
  return bodyLimit({
    maxSize: bytes,
    onError: (c) => problem(c, 413, `the body must have ${bytes} bytes at most`),
  });
}

/** Refuses a body that is larger than every change of a person but that of a flag. */
export const smallBody = bodyOfAtMost(mostBytes);

/**
 * Runs `work` with the checked body. JSON only: a form of another page cannot send it. Nobody who is
 * signed in can make a change in another name.
 */
export async function withInput<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  work: (input: z.infer<Schema>) => Promise<Response>,
): Promise<Response> {
  if (c.req.header('content-type')?.split(';', 1)[0] !== 'application/json') {
    return problem(c, 400, 'content-type must be application/json');
  }
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null)
    return problem(c, 400, 'body must be a JSON object');
  const by: unknown = Reflect.get(body, 'by');
  const email = visitorOf(c)?.email;
  if (email !== undefined && by !== undefined && by !== email) {
    return problem(c, 403, `by must be ${email}, who is signed in, or left out`);
  }
  const parsed = parseInput(schema, body);
  return parsed.ok ? await work(parsed.value) : badRequest(c, parsed.problems);
}
