import { Command } from 'commander';
import { z } from 'zod';
import { eject, ejectCanary, reinstate, type Transition } from '../core/release/transitions.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import { requireKnownMember } from './absence.ts';
import { print, type OutputOptions } from './output.ts';
import { reasonSchema } from '../core/input/note-schemas.ts';
import { changeOf, withSession } from './session.ts';

interface EjectionOptions extends OutputOptions {
  readonly member?: string;
  readonly reason?: string;
}

const schema = z.object({
  member: nameSchema().optional(),
  reason: reasonSchema,
});

type Choice = z.infer<typeof schema>;

const reinstateHelp = `
Example:
  $ perch reinstate --reason "database index added"

The weight stays 0 after an ejection: set it again with "perch weight".`;

/** `perch eject`: ejects one member or the whole canary. */
export function ejectCommand(): Command {
  return command('eject')
    .description('Eject the canary, or with --member one member of either track.')
    .addHelpText('after', '\nExample:\n  $ perch eject --reason "checkout is broken for Safari"')
    .action(async (options: EjectionOptions) =>
      apply(options, 'ejected', (document, { member, reason }) =>
        member === undefined
          ? ejectCanary(document, reason)
          : eject(document, requireKnownMember(document, member).id, reason),
      ),
    );
}

/** `perch reinstate`: reinstates one member or every ejected canary member. */
export function reinstateCommand(): Command {
  return command('reinstate')
    .description(
      'Reinstate every ejected canary member, or with --member one member of either track.',
    )
    .addHelpText('after', reinstateHelp)
    .action(async (options: EjectionOptions) =>
      apply(options, 'reinstated', (document, { member, reason }) =>
        reinstate(document, member && requireKnownMember(document, member).id, reason),
      ),
    );
}

function command(verb: string): Command {
  return new Command(verb)
    .option('--member <id>', 'id of the only member to change')
    .option('--reason <text>', 'reason, for the release document and the events; required')
    .option('--json', 'print one line of JSON');
}

async function apply(
  options: EjectionOptions,
  outcome: 'ejected' | 'reinstated',
  transition: (document: ReleaseDocument, choice: Choice) => Transition,
): Promise<void> {
  const choice = requireInput(parseInput(schema, options));
  await withSession(async (session) => {
    const { changed, document } = await changeOf(session, (now) => transition(now, choice));
    const { generation, weight } = document;
    const text = changed ? `${whatOf(choice)} is ${outcome}` : unchangedText(choice, outcome);
    print(
      options,
      { weight, generation, changed },
      `${text}, weight ${weight}, generation ${generation}`,
    );
  });
}

function whatOf({ member }: Choice): string {
  return member === undefined ? 'the canary' : `member ${member}`;
}

/** Reason for which nothing was to be done. */
function unchangedText(choice: Choice, outcome: 'ejected' | 'reinstated'): string {
  const isEject = outcome === 'ejected';
  const reason =
    choice.member === undefined
      ? `has no ${isEject ? 'active' : 'ejected'} member`
      : `is ${isEject ? 'ejected' : 'active'} already`;
  return `nothing changed: ${whatOf(choice)} ${reason}`;
}
