import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import type { FlagDefinition } from '../store/flags/flag-definition.ts';
import { print, table, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** `perch flags`: manages feature flags. */
export function flagsCommand(): Command {
  return new Command('flags')
    .description('List, show, set, toggle and disable feature flags.')
    .addCommand(listCommand())
    .addCommand(getCommand())
    .addCommand(setCommand())
    .addCommand(toggleCommand())
    .addCommand(disableCommand());
}

function listCommand(): Command {
  return subcommand(
    'list',
    'List every flag with its state, default variant and variants.',
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
  return subcommand('get', "Show one flag in flagd's format.", 'get new_feature')
    .argument('<key>', 'key of the flag')
    .action(async (key: string, options: OutputOptions) =>
      withSession(async ({ flags }) => {
        const flag = await flags.get(key);
        if (flag === undefined) throw unknownFlag(key);
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
    .action(async (key: string, json: string, options: OutputOptions) => {
      const given = parseDefinition(key, json);
      await withSession(async ({ flags }) => show(options, key, await flags.set(key, given)));
    });
}

function toggleCommand(): Command {
  return subcommand(
    'toggle',
    'Enable a disabled flag, or make the other one of its two variants the default.',
    'toggle new_feature',
  )
    .argument('<key>', 'key of the flag')
    .action(async (key: string, options: OutputOptions) =>
      withSession(async ({ flags }) => show(options, key, await flags.toggle(key))),
    );
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

function unknownFlag(key: string): PerchError {
  return new PerchError('bad_input', `flag must exist, got ${key}`);
}
