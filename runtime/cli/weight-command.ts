import { Command } from 'commander';
import { z } from 'zod';
import { parseInput, requireInput } from '../core/input/input.ts';
import {
  initialDocument,
  type ReleaseDocument,
  type Step,
} from '../core/release/release-document.ts';
import { isScheduled, stepText } from '../core/release/rollout-plan.ts';
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

const resume = 'perch rollout resume --reason TEXT';

const help = `
A weight that is set pauses a rollout with steps, so that the next step does not undo it:
"${resume}" goes on with the weight of the step.

Examples:
  $ perch weight
  $ perch weight 33.33 --affinity cookie`;

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
    .addHelpText('after', help)
    .action(async (weight: string | undefined, options: OutputOptions) => {
      const requested = requireInput(parseInput(schema, { ...options, weight }));
      const isReading = isEmpty(requested);
      // A deployment reads it where Redis may just be replaced; a person is told at once.
      const inSession = isReading && !isRunByDeployment() ? withSession : withPatientSession;
      let isChanged = isReading;
      let isPausing = false;
      await inSession(async (session) => {
        const { document, changed, pauses } = await (isReading
          ? current(session)
          : set(session, requested));
        isChanged ||= changed;
        isPausing ||= pauses;
        const { weight: now, affinity: kind, rolloutId, generation } = document;
        const state = `weight ${now}, affinity ${kind}, rollout ${rolloutId}, generation ${generation}`;
        const text = isChanged ? state : `nothing changed: ${state}`;
        const pausedRollout = isPausing ? pauseOf(document) : null;
        print(
          options,
          { weight: now, affinity: kind, rolloutId, generation, pausedRollout },
          pausedRollout === null ? text : `${text}\n${pauseText(document)}`,
        );
      });
    });
}

function isEmpty({ weight, affinity, rollout }: Change): boolean {
  return weight === undefined && affinity === undefined && rollout === undefined;
}

interface WeightOutcome extends AppliedChange {
  /** True if the change paused a rollout with steps. */
  readonly pauses: boolean;
}

async function set(
  session: Session,
  { weight, affinity, rollout }: Change,
): Promise<WeightOutcome> {
  let wasProgressing = false;
  const applied = await changeOf(session, (document) => {
    wasProgressing = document.phase === 'progressing' && isScheduled(document.plan);
    return inOrder(
      document,
      (at) => (affinity === undefined ? { kind: 'unchanged' } : setAffinity(at, affinity)),
      (at) =>
        rollout === undefined ? { kind: 'unchanged' } : beginRollout(at, rollout, plan(weight)),
      (at) => (weight === undefined ? { kind: 'unchanged' } : setWeight(at, weight)),
    );
  });
  const pauses = applied.changed && wasProgressing && applied.document.phase === 'paused';
  return { ...applied, pauses };
}

function pauseOf({ step, plan: { length } }: ReleaseDocument) {
  return { step: step + 1, steps: length, resume };
}

function pauseText(document: ReleaseDocument): string {
  const { rolloutId, plan: steps, step } = document;
  const weight = steps[step]?.weight ?? document.weight;
  return (
    `rollout ${rolloutId} is paused at ${stepText(document)}, so that no step undoes this weight; ` +
    `go on at the step's weight, ${weight}, with "${resume}"`
  );
}

/** Plan of a rollout that an operator controls: one step without a deadline. */
function plan(weight: number | undefined): Step[] {
  if (weight === undefined) return [];
  return [{ weight, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' }];
}

async function current(session: Session): Promise<WeightOutcome> {
  const read = await session.releases.read();
  const unchanged = { changed: false, pauses: false };
  if (read.kind === 'invalid') throw read.problem;
  if (read.kind === 'found') return { document: read.document, ...unchanged };
  if (!isRunByDeployment()) throw await noRelease(session);
  return { document: initialDocument(session.service), ...unchanged };
}
