import { Command } from 'commander';
import { z } from 'zod';
import { nameSchema } from '../core/input/name-schema.ts';
import type { OutputOptions } from './output.ts';

export const idSchema = z.object({ id: nameSchema('must be given') });

export type GivenOptions = OutputOptions & Readonly<Record<string, unknown>>;
export type WaitOptions = GivenOptions & { readonly timeout: number };

/** Makes a command about one member. */
export function subcommand(
  verb: string,
  description: string,
  id = 'id of the member; required',
): Command {
  return new Command(verb)
    .description(description)
    .option('--id <id>', id)
    .option('--json', 'print one line of JSON');
}

/** Help about an example of `perch member`. */
export function example(line: string): string {
  return `\nExample:\n  $ perch member ${line}`;
}
