import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { parseInput } from '../../core/input/input.ts';
import { weightProblem } from '../../core/routing/weight.ts';
import { badRequest, problem } from '../../web/problem-response.ts';
import type { CanaryRepair } from './canary-repair.ts';

const mendSchema = z.strictObject({
  /** Share that the canary gets if its rollout has no steps, percent. */
  weight: z.number('must be a number').superRefine((value, context) => {
    const message = weightProblem(value)?.replace(/, got .*/, '');
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  }),
});

/**
 * Routes `GET /faults/canary`, which says how the canary stands, and `POST /faults/mend`, which mends it
 * and begins its rollout again: 409 if the release or the canary does not allow it. Every member
 * responds, because an ejected canary gets no request.
 */
export function repairRoutes(repair: CanaryRepair): Hono {
  const limit = bodyLimit({
    maxSize: 4_096,
    onError: (c) => problem(c, 413, 'body must be at most 4096 bytes'),
  });
  return new Hono()
    .get('/faults/canary', async (c) => c.json(await repair.state()))
    .post('/faults/mend', limit, async (c) => {
      const parsed = parseInput(mendSchema, await c.req.json().catch(() => undefined));
      if (!parsed.ok) return badRequest(c, parsed.problems);
      return await mend(c, repair, parsed.value.weight);
    });
}

async function mend(c: Context, repair: CanaryRepair, weight: number): Promise<Response> {
  try {
    return c.json(await repair.mend(weight));
  } catch (error) {
    const isRefused =
      error instanceof PerchError &&
      (error.code === 'transition_refused' || error.code === 'process_failed');
    if (!isRefused) throw error;
    return problem(c, 409, error.message);
  }
}
