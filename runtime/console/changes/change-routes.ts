import { Hono, type Context } from 'hono';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { refused, type Transition } from '../../core/release/transitions.ts';
import type { ChangeOutcome, ReleaseStore } from '../../store/release/release-store.ts';
import { problem } from '../../web/problem-response.ts';
import { changeEffects } from './change-effects.ts';
import { operatorOf } from '../sign-in/visitor.ts';
import { smallBody, withInput } from './json-body.ts';
import { changeSchema, previewSchema, transitionOf } from './release-change.ts';

export interface ChangeRoutesOptions {
  /** Store that writes with the name of a person. */
  readonly releasesOf: (by: string) => Pick<ReleaseStore, 'read' | 'change'>;
  /** Name of the person if a request gives none, and nobody signs in. */
  readonly operator: string;
}

/**
 * Routes that change the release:
 * - `POST /preview`: 200 with `{generation, effects}`, what a change would do now.
 * - `POST /`: makes the change, if the release is still the one that the person saw. 200 with
 *   `{generation, text}`.
 *
 * Both respond with 400 for bad input, 404 without a release, and 409 for a change that the release
 * does not allow, that would change nothing, or that was decided on another generation.
 */
export function changeRoutes({ releasesOf, operator }: ChangeRoutesOptions): Hono {
  const routes = new Hono();
  routes.use(smallBody);
  routes.post('/preview', async (c) =>
    withInput(c, previewSchema, async (change) => {
      const document = await currentOf(releasesOf(operator));
      if (document === undefined) return noRelease(c);
      const next = transitionOf(document, change, 'preview');
      if (next.kind !== 'changed') return problem(c, 409, reasonAgainst(next));
      const { generation } = document;
      return c.json({ generation, effects: changeEffects(document, next.document) });
    }),
  );
  routes.post('/', async (c) =>
    withInput(
      c,
      changeSchema,
      async ({ reason, by = operatorOf(c, operator), generation, ...change }) => {
        let isAbsent = false;
        const outcome = await releasesOf(by).change((document) => {
          isAbsent = document.generation === 0;
          if (isAbsent) return refused('there is no release');
          if (document.generation !== generation) return refused(staleText(document, generation));
          return transitionOf(document, change, reason);
        });
        if (isAbsent) return noRelease(c);
        if (outcome.kind !== 'changed') return problem(c, 409, reasonAgainst(outcome));
        const { document } = outcome;
        return c.json({ generation: document.generation, text: document.reason });
      },
    ),
  );
  return routes;
}

async function currentOf(
  releases: Pick<ReleaseStore, 'read'>,
): Promise<ReleaseDocument | undefined> {
  const read = await releases.read();
  if (read.kind === 'invalid') throw read.problem;
  return read.kind === 'found' ? read.document : undefined;
}

function noRelease(c: Context): Response {
  return problem(c, 404, 'the service has no release yet');
}

function reasonAgainst(outcome: Transition | ChangeOutcome): string {
  return outcome.kind === 'refused' ? outcome.rule : 'nothing would change: it is so already';
}

function staleText({ generation, reason, updatedBy }: ReleaseDocument, seen: number): string {
  return (
    `nothing was changed: the release is at generation ${generation} by now, not ${seen} ` +
    `(${reason}, by ${updatedBy}); look again and decide again`
  );
}
