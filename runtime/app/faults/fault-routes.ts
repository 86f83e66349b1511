import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { badRequest, problem } from '../../web/problem-response.ts';
import type { Track } from '../../contract/names.ts';
import { parseFaults } from './injected-faults.ts';
import type { Faults } from './faults.ts';

/**
 * Routes `POST /faults`, which replaces the faults by its JSON body, and `GET /faults`. A request of
 * `?track=TRACK` is meant for another member if this one is not of that track: 421 (RFC 9110, 15.5.20),
 * so that a client behind the proxy can ask again until it reaches one.
 */
export function faultRoutes(faults: Faults, track: Track): Hono {
  const limit = bodyLimit({
    maxSize: 4_096,
    onError: (c) => problem(c, 413, 'body must be at most 4096 bytes'),
  });
  return new Hono()
    .get('/faults', (c) => c.json(faults.settings))
    .post('/faults', limit, async (c) => {
      const meant = c.req.query('track') ?? track;
      if (meant !== track) return problem(c, 421, `track must be ${track}, got ${meant}`);
      const settings = parseFaults(jsonOf(await c.req.text()));
      if (!settings.ok) return badRequest(c, settings.problems);
      faults.set(settings.value);
      return c.json(faults.settings);
    });
}

/** Parsed JSON, or undefined, which the schema rejects like any value that is not an object. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
