import { Command } from 'commander';
import { parseInput, requireInput } from '../core/input/input.ts';
import { reinstate } from '../core/release/transitions.ts';
import { print, type OutputOptions } from './output.ts';
import { memberSelectionSchema, type RotationOptions } from './member-selection.ts';
import { change, withSession } from './session.ts';

const example = `
Example:
  $ perch reinstate --reason "database index added"

The weight that an ejection took away stays 0: give it back with "perch weight".`;

/** `perch reinstate`: puts ejected members back into rotation. */
export function reinstateCommand(): Command {
  return new Command('reinstate')
    .description('Puts every ejected canary member back, or with --member one of any track.')
    .option('--member <id>', 'only this member')
    .option('--reason <text>', 'why, for the document and the events')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', example)
    .action(async (options: OutputOptions & RotationOptions) => {
      const { member, reason } = requireInput(parseInput(memberSelectionSchema, options));
      await withSession(async (session) => {
        const { generation, weight } = await change(session, (document) =>
          reinstate(document, member, reason),
        );
        const what = member === undefined ? 'the canary' : `member ${member}`;
        const text = `${what} is back in rotation, weight ${weight}, generation ${generation}`;
        print(options, { weight, generation }, text);
      });
    });
}
