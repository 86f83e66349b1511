import { Command } from 'commander';
import { z } from 'zod';
import { parseInput, requireInput } from '../core/input/input.ts';
import { initialDocument, type Step } from '../core/release/release-document.ts';
import { beginRollout } from '../core/release/rollout-transitions.ts';
import { inOrder, setAffinity, setWeight } from '../core/release/transitions.ts';
import { weightProblem } from '../core/routing/weight.ts';
import { isRunByDeployment, noRelease } from './absence.ts';
import { print, type OutputOptions } from './output.ts';
import {
  changeOf,
  withPatientSession,
  withSession,
  type AppliedChange,
  type Session,
} from './session.ts';
import { nameSchema } from '../core/input/name-schema.ts';

const affinities = ['none', 'cookie'] as const;

export const affinitySchema = z.enum(affinities, `must be one of ${affinities.join(', ')}`);

const schema = z.object({
  weight: z
    .string()
    .superRefine((text, context) => {
      const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      const problem = weightProblem(number);
      const rule = problem?.replace(/, got .*$/, '');
      if (rule !== undefined) context.addIssue({ code: 'custom', message: rule });
    })
    .transform(Number)
    .optional(),
  affinity: affinitySchema.optional(),
  rollout: nameSchema().optional(),
});

type Change = z.infer<typeof schema>;

/** `perch weight`: prints or sets the canary's weight. */
export function weightCommand(): Command {
  return new Command('weight')
    .description("Show or set the canary's weight, its percentage of the traffic.")
    .argument('[percent]', 'new weight, from 0 to 100 with at most two decimals')
    .option(
      '--affinity <kind>',
      'cookie: a client keeps its track; none: each request is split on its own',
    )
    .option(
      '--rollout <id>',
      'id of the rollout to begin with this weight, unless it has begun already',
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExamples:\n  $ perch weight\n  $ perch weight 33.33 --affinity cookie')
    .action(async (weight: string | undefined, options: OutputOptions) => {
      const requested = requireInput(parseInput(schema, { ...options, weight }));
      const isReading = isEmpty(requested);
      // A deployment reads it where Redis may just be replaced; a person is told at once.
      const inSession = isReading && !isRunByDeployment() ? withSession : withPatientSession;
      let isChanged = isReading;
      await inSession(async (session) => {
        const { document, changed } = await (isReading
          ? current(session)
          : set(session, requested));
        isChanged ||= changed;
        const { weight: now, affinity: kind, rolloutId, generation } = document;
        const state = `weight ${now}, affinity ${kind}, rollout ${rolloutId}, generation ${generation}`;
        const text = isChanged ? state : `nothing changed: ${state}`;
        print(options, { weight: now, affinity: kind, rolloutId, generation }, text);
      });
    });
}

function isEmpty({ weight, affinity, rollout }: Change): boolean {
  return weight === undefined && affinity === undefined && rollout === undefined;
}

function set(session: Session, { weight, affinity, rollout }: Change) {
  return changeOf(session, (document) =>
    inOrder(
      document,
      (at) => (affinity === undefined ? { kind: 'unchanged' } : setAffinity(at, affinity)),
      (at) =>
        rollout === undefined ? { kind: 'unchanged' } : beginRollout(at, rollout, plan(weight)),
      (at) => (weight === undefined ? { kind: 'unchanged' } : setWeight(at, weight)),
    ),
  );
}

/** Plan of a rollout that an operator controls: one step without a deadline. */
function plan(weight: number | undefined): Step[] {
  if (weight === undefined) return [];
  return [{ weight, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' }];
}

async function current(session: Session): Promise<AppliedChange> {
  const read = await session.releases.read();
  if (read.kind === 'invalid') throw read.problem;
  if (read.kind === 'found') return { document: read.document, changed: false };
  if (!isRunByDeployment()) throw await noRelease(session);
  return { document: initialDocument(session.service), changed: false };
}
