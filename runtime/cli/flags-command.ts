import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import type { FlagDefinition } from '../store/flags/flag-definition.ts';
import { print, table, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** `perch flags`: feature flags, with no deploy. */
export function flagsCommand(): Command {
  return new Command('flags')
    .description('Lists, shows, sets, toggles and disables feature flags.')
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(setCommand())
    .addCommand(toggleCommand())
    .addCommand(disableCommand());
}

function listCommand(): Command {
  return subcommand(
    'list',
    'Lists every flag with its state, default and variants.',
    'list',
  ).action(async (options: OutputOptions) =>
    withSession(async ({ flags }) => {
      const all = await flags.list();
      const rows = [...all].map(([key, flag]) => [key, ...cells(flag)]);
      const text =
        rows.length === 0 ? 'no flags' : table([['FLAG', 'STATE', 'DEFAULT', 'VARIANTS'], ...rows]);
      print(options, Object.fromEntries(all), text);
    }),
  );
}

function getCommand(): Command {
  return subcommand('get', 'Shows one flag, in flagd’s format.', 'get new_feature')
    .argument('<key>')
    .action(async (key: string, options: OutputOptions) =>
      withSession(async ({ flags }) => {
        const flag = await flags.get(key);
        if (flag === undefined) throw unknown(key);
        print(options, flag, JSON.stringify(flag, undefined, 2));
      }),
    );
}

function setCommand(): Command {
  const definition =
    '{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"off"}';
  return subcommand(
    'set',
    'Stores a flag, new or instead of the old one.',
    `set beta '${definition}'`,
  )
    .argument('<key>')
    .argument('<definition>', 'flagd’s format, JSON')
    .action(async (key: string, json: string, options: OutputOptions) => {
      const wanted = parseDefinition(key, json);
      await withSession(async ({ flags }) => show(options, key, await flags.set(key, wanted)));
    });
}

function toggleCommand(): Command {
  return subcommand(
    'toggle',
    'Enables a disabled flag; else gives one of two variants the other as its default.',
    'toggle new_feature',
  )
    .argument('<key>')
    .action(async (key: string, options: OutputOptions) =>
      withSession(async ({ flags }) => show(options, key, await flags.toggle(key))),
    );
}

function disableCommand(): Command {
  return subcommand(
    'disable',
    'Switches a flag off: every caller gets its own default.',
    'disable new_feature --reason "slow checkout"',
  )
    .argument('<key>')
    .option('--reason <text>', 'for the events', 'asked for by hand')
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
  print(options, flag, `${key}: ${cells(flag).join(', ')}`);
}

function cells({ state, defaultVariant, variants }: FlagDefinition): [string, string, string] {
  return [state, defaultVariant ?? '-', Object.keys(variants).join(' | ')];
}

function parseDefinition(key: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new PerchError('bad_input', `flag ${key} must be JSON, got ${json}`, { cause });
  }
}

function unknown(key: string): PerchError {
  return new PerchError('bad_input', `flag must be one that is stored, got ${key}`);
}
