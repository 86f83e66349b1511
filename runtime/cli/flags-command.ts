import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { flagStateText, type FlagDefinition } from '../core/flags/flag-definition.ts';
import { unknownFlag } from '../store/flags/flag-store.ts';
import {
  flagDeleteCommand,
  flagHistoryCommand,
  flagNoteOf,
  flagUndoCommand,
} from './flag-history-commands.ts';
import { flagsServeCommand } from './flags-serve-command.ts';
import { hintIfMisspelt, nothingText } from './absence.ts';
import { print, table, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** Characters of a flag's targeting that the list shows; `flags get` shows all. */
const longestTargeting = 60;

/** `perch flags`: manages feature flags. */
export function flagsCommand(): Command {
  return new Command('flags')
    .description(
      'List, show, set, toggle, disable and delete feature flags, and serve them by OFREP.',
    )
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(setCommand())
    .addCommand(toggleCommand())
    .addCommand(disableCommand())
    .addCommand(flagHistoryCommand())
    .addCommand(flagUndoCommand())
    .addCommand(flagDeleteCommand())
    .addCommand(flagsServeCommand());
}

function listCommand(): Command {
  return subcommand(
    'list',
    'List every flag with its state, default variant, variants and targeting.',
    'list',
  ).action(async (options: OutputOptions) =>
    withSession(async (session) => {
      const { flags } = session;
      const all = await flags.list();
      const rows = [...all].map(([key, flag]) => [key, ...cells(flag)]);
      const heading = ['FLAG', 'STATE', 'DEFAULT', 'VARIANTS', 'TARGETING'];
      const text =
        rows.length === 0 ? await nothingText(session, 'no flags') : table([heading, ...rows]);
      print(options, Object.fromEntries(all), text);
    }),
  );
}

function getCommand(): Command {
  return subcommand('get', "Show one flag in flagd's format.", 'get new_feature')
    .argument('<key>', 'key of the flag')
    .action(async (key: string, options: OutputOptions) =>
      withSession(async ({ flags }) => {
        const flag = await flags.get(key);
        if (flag === undefined) throw unknownFlag(key, [...(await flags.list()).keys()]);
        print(options, flag, JSON.stringify(flag, undefined, 2));
      }),
    );
}

function setCommand(): Command {
  const definition =
    '{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}';
  return subcommand(
    'set',
    'Store a flag. It replaces a flag of the same key.',
    `set beta '${definition}'`,
  )
    .argument('<key>', 'key of the flag')
    .argument('<definition>', "JSON in flagd's format")
    .option('--reason <text>', 'reason, for the events and the history')
    .action(async (key: string, json: string, options: OutputOptions) => {
      const given = parseDefinition(key, json);
      const note = flagNoteOf(options);
      await withSession(async (session) => {
        show(options, key, await session.flags.set(key, given, note));
        await hintIfMisspelt(session);
      });
    });
}

function toggleCommand(): Command {
  return subcommand(
    'toggle',
    'Enable a disabled flag, or make the other one of its two variants the default.',
    'toggle new_feature',
  )
    .argument('<key>', 'key of the flag')
    .option('--reason <text>', 'reason, for the events and the history')
    .action(async (key: string, options: OutputOptions) => {
      const note = flagNoteOf(options);
      await withSession(async ({ flags }) => show(options, key, await flags.toggle(key, note)));
    });
}

function disableCommand(): Command {
  return subcommand(
    'disable',
    'Disable a flag: every caller gets its own default value.',
    'disable new_feature --reason "slow checkout"',
  )
    .argument('<key>', 'key of the flag')
    .option('--reason <text>', 'reason, for the events', 'requested by an operator')
    .action(async (key: string, options: OutputOptions & { reason: string }) =>
      withSession(async ({ flags }) =>
        show(options, key, await flags.disable(key, options.reason)),
      ),
    );
}

function subcommand(verb: string, description: string, example: string): Command {
  return new Command(verb)
    .description(description)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', `\nExample:\n  $ perch flags ${example}`);
}

function show(options: OutputOptions, key: string, flag: FlagDefinition): void {
  print(options, flag, `flag ${key} is ${flagStateText(flag)}`);
}

function cells({ state, defaultVariant, variants, targeting }: FlagDefinition): string[] {
  const rule = JSON.stringify(targeting ?? {});
  const shown = rule.length > longestTargeting ? `${rule.slice(0, longestTargeting - 1)}…` : rule;
  return [
    state,
    defaultVariant ?? '-',
    Object.keys(variants).join(' | '),
    rule === '{}' ? 'none' : shown,
  ];
}

function parseDefinition(key: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new PerchError('bad_input', `flag ${key} must be JSON, got ${json}`, { cause });
  }
}
