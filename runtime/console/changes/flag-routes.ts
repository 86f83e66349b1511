import { Hono, type Context } from 'hono';
import { PerchError } from '../../contract/perch-error.ts';
import { flagStateText, type FlagDefinition } from '../../core/flags/flag-definition.ts';
import type { FlagStore } from '../../store/flags/flag-store.ts';
import { largestFlagBytes } from '../../store/flags/require-flag.ts';
import { badRequest, problem } from '../../web/problem-response.ts';
import { editableFlag, flagEffects, jsonIn, typedFlag } from './flag-preview.ts';
import { flagPreviewSchema, flagRequestSchema, type FlagRequest } from './flag-request.ts';
import { bodyOfAtMost, withInput } from './json-body.ts';
import { operatorOf } from '../sign-in/visitor.ts';

type Flags = Pick<FlagStore, 'stored' | 'set' | 'toggle' | 'undo' | 'delete'>;

export interface FlagRoutesOptions {
  /** Store that writes with the name of a person. */
  readonly flagsOf: (by: string) => Flags;
  /** Name of the person if a request gives none. */
  readonly operator: string;
}

/** A definition before and after, each escaped in JSON. */
const mostBytes = 5 * largestFlagBytes;

/**
 * Routes of the flags:
 * - `GET /?key=KEY`: 200 with an `EditableFlag`; without a key, that of a new flag.
 * - `POST /preview`: 200 with `{problems, text, form, audience, effects}` of a flag as it is typed, of
 *   which `form` and `text` are in step; or with `{seen, effects}` of a toggle, an undo or a deletion.
 * - `POST /`: makes the change, if the flag is still as the person saw it. 200 with `{text}`.
 *
 * A change is refused with 400 for bad input, 404 without a flag or a recorded change, and 409 if it
 * would change nothing, or, with `{seen}`, if the flag is not as the person saw it any more.
 */
export function flagRoutes({ flagsOf, operator }: FlagRoutesOptions): Hono {
  const routes = new Hono();
  routes.use(bodyOfAtMost(mostBytes));
  routes.get('/', async (c) => {
    c.header('cache-control', 'no-store');
    const key = c.req.query('key') ?? '';
    const stored = await flagsOf(operator).stored(key);
    const isUnknown = key !== '' && stored.json === '' && stored.changes.length === 0;
    return isUnknown
      ? problem(c, 404, `flag ${key} is not stored`)
      : c.json(editableFlag(key, stored));
  });
  routes.post('/preview', async (c) =>
    withInput(c, flagPreviewSchema, async (request) => {
      const stored = await flagsOf(operator).stored(request.key);
      if (request.action === 'set') return c.json(typedFlag(request, stored));
      try {
        return c.json({ seen: stored.json, effects: flagEffects(request, stored) });
      } catch (error) {
        return refusal(c, error, stored.json);
      }
    }),
  );
  routes.post('/', async (c) =>
    withInput(c, flagRequestSchema, async (request) => {
      const { key, by = operatorOf(c, operator) } = request;
      const flags = flagsOf(by);
      const { json } = await flags.stored(key);
      try {
        const flag = await make(request, flags);
        if (flag !== undefined && JSON.stringify(flag) === json) {
          return problem(c, 409, 'nothing would change: it is so already');
        }
        const state = flag === undefined ? 'deleted' : flagStateText(flag);
        return c.json({ text: `flag ${key} is ${state}` });
      } catch (error) {
        return refusal(c, error, (await flags.stored(key)).json);
      }
    }),
  );
  return routes;
}

/**
 * Response to a change that the store refuses.
 * @param seen JSON of the flag as it is stored now, for the next try.
 */
function refusal(c: Context, error: unknown, seen: string): Response {
  if (!(error instanceof PerchError)) throw error;
  const { code, message, problems } = error;
  if (code === 'not_found') return problem(c, 404, message);
  if (code === 'conflict') return problem(c, 409, `nothing was changed: ${message}`, { seen });
  if (code !== 'bad_input') throw error;
  return problems.length > 0 ? badRequest(c, problems) : problem(c, 409, message);
}

async function make(request: FlagRequest, flags: Flags): Promise<FlagDefinition | undefined> {
  const { key, reason, seen } = request;
  const note = { reason, seen };
  switch (request.action) {
    case 'set': {
      const json = jsonIn(request.text);
      if (typeof json !== 'string') return await flags.set(key, json.value, note);
      const problems = [{ field: 'text', rule: json }];
      throw new PerchError('bad_input', json, { problems });
    }
    case 'toggle':
      return await flags.toggle(key, note);
    case 'undo':
      return await flags.undo(key, request.change, note);
    case 'delete':
      await flags.delete(key, note);
      return undefined;
  }
}
