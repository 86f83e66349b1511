import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { badRequest, problem } from '../../core/input/problem-response.ts';
import { parseFaults } from './injected-faults.ts';
import type { Faults } from './faults.ts';

/** `POST /faults` replaces what goes wrong by its JSON body, `{}` ends it; `GET /faults` says it. */
export function faultRoutes(faults: Faults): Hono {
  const limit = bodyLimit({
    maxSize: 4_096,
    onError: (c) => problem(c, 413, 'body must be at most 4096 bytes'),
  });
  return new Hono()
    .get('/faults', (c) => c.json(faults.settings))
    .post('/faults', limit, async (c) => {
      const settings = parseFaults(jsonOf(await c.req.text()));
      if (!settings.ok) return badRequest(c, settings.problems);
      faults.set(settings.value);
      return c.json(faults.settings);
    });
}

/** Undefined is refused by the schema as well as any other value that is no object. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
