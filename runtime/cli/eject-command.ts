import { Command } from 'commander';
import { eject, ejectCanary } from '../core/release/transitions.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { print, type OutputOptions } from './output.ts';
import { memberSelectionSchema, type RotationOptions } from './member-selection.ts';
import { change, withSession } from './session.ts';

/** `perch eject`: takes a member, or the whole canary, out of rotation. */
export function ejectCommand(): Command {
  return new Command('eject')
    .description('Takes the canary out of rotation, or with --member one member of any track.')
    .option('--member <id>', 'only this member')
    .option('--reason <text>', 'why, for the document and the events')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch eject --reason "checkout is broken for Safari"')
    .action(async (options: OutputOptions & RotationOptions) => {
      const { member, reason } = requireInput(parseInput(memberSelectionSchema, options));
      await withSession(async (session) => {
        const { generation, weight } = await change(session, (document) =>
          member === undefined ? ejectCanary(document, reason) : eject(document, member, reason),
        );
        const what = member === undefined ? 'the canary' : `member ${member}`;
        const text = `${what} is out of rotation, weight ${weight}, generation ${generation}`;
        print(options, { weight, generation }, text);
      });
    });
}
