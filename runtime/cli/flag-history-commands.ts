import { Command } from 'commander';
import { z } from 'zod';
import { PerchError } from '../contract/perch-error.ts';
import { rememberedChanges } from '../core/flags/flag-change.ts';
import { flagStateText } from '../core/flags/flag-definition.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { noteSchemas } from '../core/input/note-schemas.ts';
import { describedChange, isRecorded, type StoredFlag } from '../store/flags/flag-history.ts';
import { unknownFlag } from '../store/flags/flag-store.ts';
import { print, table, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

const noteSchema = z.object({ reason: noteSchemas.reason });

interface UndoOptions extends OutputOptions {
  readonly change?: string;
}

interface DeleteOptions extends OutputOptions {
  readonly yes?: boolean;
}

/**
 * Returns the reason that a person gave for a change of a flag.
 * @throws PerchError `bad_input` for one that cannot stand in an event.
 */
export function flagNoteOf(options: object): z.infer<typeof noteSchema> {
  return requireInput(parseInput(noteSchema, options));
}

/** `perch flags history`: shows the recorded changes of a flag, also of one that was deleted. */
export function flagHistoryCommand(): Command {
  return new Command('history')
    .description(
      `Show who changed a flag, when, what and why: the newest ${rememberedChanges} changes at most.`,
    )
    .argument('<key>', 'key of the flag')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch flags history new_feature')
    .action(async (key: string, options: OutputOptions) =>
      withSession(async ({ flags }) => {
        const stored = await flags.stored(key);
        if (stored.json === '' && stored.changes.length === 0) {
          throw unknownFlag(key, [...(await flags.list()).keys()]);
        }
        const changes = stored.changes.map(describedChange);
        const json = { flag: key, isRecorded: isRecorded(stored), changes };
        print(options, json, historyText(key, stored));
      }),
    );
}

/** `perch flags undo`: brings back an earlier definition of a flag. */
export function flagUndoCommand(): Command {
  return new Command('undo')
    .description(
      'Undo the newest change of a flag, or go back to before an older one. Undo it again to restore.',
    )
    .argument('<key>', 'key of the flag')
    .option('--change <id>', 'change before which to go back, by its id in the history')
    .option('--reason <text>', 'reason, for the events and the history')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch flags undo new_feature --reason "slow checkout"')
    .action(async (key: string, options: UndoOptions) => {
      const note = flagNoteOf(options);
      await withSession(async ({ flags }) => {
        const flag = await flags.undo(key, options.change, note);
        const text = flag === undefined ? 'deleted' : flagStateText(flag);
        print(options, flag ?? null, `flag ${key} is ${text}`);
      });
    });
}

/** `perch flags delete`: deletes a flag. */
export function flagDeleteCommand(): Command {
  return new Command('delete')
    .description('Delete a flag: callers get the default of their own code, with an error.')
    .argument('<key>', 'key of the flag')
    .option('--yes', 'confirm the deletion, which nothing else does')
    .option('--reason <text>', 'reason, for the events and the history')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch flags delete new_feature --yes')
    .action(async (key: string, options: DeleteOptions) => {
      const note = flagNoteOf(options);
      if (options.yes !== true) {
        const rule = `must be given to delete flag ${key}; to disable it is safer`;
        const problems = [{ field: '--yes', rule }];
        throw new PerchError('bad_input', `--yes ${rule}`, { problems });
      }
      await withSession(async ({ flags }) => {
        await flags.delete(key, note);
        const undo = `perch flags undo ${key}`;
        print(options, { flag: key, deleted: true }, `flag ${key} is deleted; to undo: ${undo}`);
      });
    });
}

function historyText(key: string, stored: StoredFlag): string {
  const rows = stored.changes
    .map(describedChange)
    .map(({ at, by, reason = '-', id, effects }) => [
      new Date(at).toISOString(),
      by,
      reason,
      id,
      effects.join(' '),
    ]);
  const heading = ['CHANGED', 'BY', 'REASON', 'ID', 'WHAT'];
  const unrecorded = `flag ${key} was last changed by a version of Perch that records no changes`;
  return [
    ...(isRecorded(stored) ? [] : [unrecorded]),
    ...(rows.length === 0 ? [] : [table([heading, ...rows])]),
  ].join('\n');
}
