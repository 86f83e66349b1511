import { Command } from 'commander';
import { z } from 'zod';
import { parseInput, requireInput } from '../core/input/input.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import { rolloutPlanSchema, stepText } from '../core/release/rollout-plan.ts';
import {
  abortRollout,
  beginRollout,
  pauseRollout,
  promoteRollout,
  resumeRollout,
  retryRollout,
} from '../core/release/rollout-transitions.ts';
import { inOrder, setAffinity, type Transition } from '../core/release/transitions.ts';
import { print, type OutputOptions } from './output.ts';
import { readStdinJson } from './read-json.ts';
import { reasonSchema } from '../core/input/note-schemas.ts';
import { readRolloutStatus, rolloutJson } from './rollout-status.ts';
import { rolloutText } from './rollout-text.ts';
import { changeOf, withPatientSession, withSession } from './session.ts';
import { affinitySchema } from './weight-command.ts';

const beginHelp = `
Stdin: {"steps": [{"weight": PERCENT, "minutes": LEAST, "until": MINUTES}], "onInconclusive": OUTCOME}
  minutes         least time of the step
  until           minutes after which an inconclusive step ends; without it, the step holds
  onInconclusive  what happens then: hold (pause, the default), continue or abort

Example:
  $ echo '{"steps": [{"weight": 5, "minutes": 10}, {"weight": 25, "minutes": 30}]}' | perch rollout begin 2.1`;

/** \`perch rollout`: shows a rollout, begins one with steps, and moves it by hand. */
export function rolloutCommand(): Command {
  return new Command('rollout')
    .description('Show the rollout of the canary, begin one with steps, or move it by hand.')
    .addCommand(statusCommand())
    .addCommand(beginCommand())
    .addCommand(moving('pause', 'Hold the rollout at its step, until it is resumed.', pauseRollout))
    .addCommand(
      moving(
        'resume',
        'Go on with a paused rollout. Its step gets all of its time again.',
        resumeRollout,
      ),
    )
    .addCommand(
      moving(
        'promote',
        'Skip the steps that are left: the canary may become stable.',
        promoteRollout,
      ),
    )
    .addCommand(moving('abort', 'Eject the canary and end its rollout.', abortRollout))
    .addCommand(
      moving('retry', 'Begin an aborted rollout again, with its ejected canary.', retryRollout),
    );
}

function statusCommand(): Command {
  return new Command('status')
    .description(
      "Show the rollout's step, the traffic of both tracks in it, the time that is left, and the judge's verdict.",
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch rollout status')
    .action(async (options: OutputOptions) =>
      withSession(async (session) => {
        const status = await readRolloutStatus(session);
        print(options, rolloutJson(status), rolloutText(status));
      }),
    );
}

function beginCommand(): Command {
  return new Command('begin')
    .description('Begin a rollout with the steps on stdin, unless it has begun already.')
    .argument('<id>', 'id of the rollout: a new one for each canary')
    .option('--affinity <kind>', 'cookie: a client keeps its track; none: it does not')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', beginHelp)
    .action(async (id: string, options: OutputOptions) => {
      const plan = requireInput(
        parseInput(rolloutPlanSchema, await readStdinJson({ isSecret: false })),
      );
      const { id: rollout, affinity } = requireInput(parseInput(beginSchema, { ...options, id }));
      await withPatientSession(async (session) => {
        let hadBegun = false;
        const { document, changed } = await changeOf(session, (current) => {
          hadBegun = current.rolloutId === rollout;
          return inOrder(
            current,
            (at) => (affinity === undefined ? { kind: 'unchanged' } : setAffinity(at, affinity)),
            (at) => beginRollout(at, rollout, plan),
          );
        });
        const known = `rollout ${rollout} has begun already and keeps its steps`;
        const done = hadBegun
          ? `${known}, affinity ${document.affinity}`
          : `rollout ${rollout} has begun, ${stepText(document)}`;
        const text = changed ? done : `nothing changed: ${known}`;
        printDocument(options, document, { text, changed });
      });
    });
}

type Move = (document: ReleaseDocument, reason: string) => Transition;

function moving(verb: string, description: string, move: Move): Command {
  return new Command(verb)
    .description(description)
    .option('--reason <text>', 'reason, for the release document and the events; required')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', `\nExample:\n  $ perch rollout ${verb} --reason "${reasons[verb]}"`)
    .action(async (options: OutputOptions) => {
      const { reason } = requireInput(parseInput(moveSchema, options));
      await withSession(async (session) => {
        const { changed, document } = await changeOf(session, (now) => move(now, reason));
        const { rolloutId, phase } = document;
        const now = `rollout ${rolloutId} is ${phase}`;
        const text = changed ? now : `nothing changed: ${now} already`;
        printDocument(options, document, { text, changed });
      });
    });
}

const beginSchema = z.object({ id: nameSchema(), affinity: affinitySchema.optional() });
const moveSchema = z.object({ reason: reasonSchema });

const reasons: Readonly<Record<string, string>> = {
  pause: 'waiting for the translators',
  resume: 'translations are in',
  promote: 'the fix is urgent',
  abort: 'checkout is broken for Safari',
  retry: 'the database index is there now',
};

function printDocument(
  options: OutputOptions,
  { rolloutId, phase, step, plan, weight, generation }: ReleaseDocument,
  { text, changed }: { readonly text: string; readonly changed: boolean },
): void {
  const steps = plan.length;
  print(
    options,
    { rolloutId, phase, step: step + 1, steps, weight, generation, changed },
    `${text}, weight ${weight}, generation ${generation}`,
  );
}
