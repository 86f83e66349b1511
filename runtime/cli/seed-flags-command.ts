import { Command } from 'commander';
import { seedFlags } from '../app/seed-flags.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** `perch app seed-flags`: stores the demo app's flags. */
export function seedFlagsCommand(): Command {
  return new Command('seed-flags')
    .description("Store the demo app's flags. Flags that exist already stay unchanged.")
    .option('--json', 'print one line of JSON: {flag: "stored" | "kept"}')
    .addHelpText('after', '\nExample:\n  $ perch app seed-flags --json')
    .action(async (options: OutputOptions) => {
      const outcomes = await withSession(({ flags }) => seedFlags(flags));
      const lines = [...outcomes].map(([key, outcome]) => `${key}: ${outcome}`);
      print(options, Object.fromEntries(outcomes), lines.join('\n'));
    });
}
