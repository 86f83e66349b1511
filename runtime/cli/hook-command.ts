import { Command } from 'commander';
import { z } from 'zod';
import { hooks } from '../contract/names.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { HookRuns } from '../store/release/hook-runs.ts';
import { print, wholeNumber, type OutputOptions } from './output.ts';
import { withPatientSession } from './session.ts';

const outcomes = ['succeeded', 'failed'] as const;
const name = nameSchema('must be given');
const runSchema = z.object({
  hook: z.enum(hooks, `must be one of ${hooks.join(', ')}`),
  key: name,
  host: name,
});
const beginSchema = runSchema.extend({ ttl: z.number('must be given') });
const endSchema = runSchema.extend({
  outcome: z.enum(outcomes, `must be one of ${outcomes.join(', ')}`),
});

type HookOptions = OutputOptions & Readonly<Record<string, unknown>>;

/** Longest lifetime of the right to run a hook, milliseconds: the longest hook, and some time more. */
const longestTtlMs = 100_000_000;

/** `perch hook`: decides which host runs a hook of a release, and records the runs. */
export function hookCommand(): Command {
  return new Command('hook')
    .description('Begin and end a hook of a release. Deployments call it; each may be repeated.')
    .addCommand(beginCommand())
    .addCommand(endCommand());
}

function beginCommand(): Command {
  return subcommand('begin', 'Print `run`, `done` if the hook has run, or `busy` and a host.')
    .option(
      '--ttl <ms>',
      'time after which another host may run; required',
      wholeNumber(1, longestTtlMs),
    )
    .addHelpText(
      'after',
      example('begin --hook beforeRelease --key 4f5a --host web-1 --ttl 660000'),
    )
    .action(async (options: HookOptions) => {
      const { ttl, ...run } = requireInput(parseInput(beginSchema, options));
      await withPatientSession(async ({ redis, service }) => {
        const decision = await new HookRuns(redis, service).begin(run, ttl);
        const text = decision.kind === 'busy' ? `busy ${decision.host}` : decision.kind;
        print(options, decision, text);
      });
    });
}

function endCommand(): Command {
  return subcommand('end', 'Record how a hook ended, and let other hosts run hooks again.')
    .option('--outcome <outcome>', `${outcomes.join(' or ')}; required`)
    .addHelpText(
      'after',
      example('end --hook beforeRelease --key 4f5a --host web-1 --outcome succeeded'),
    )
    .action(async (options: HookOptions) => {
      const { outcome, ...run } = requireInput(parseInput(endSchema, options));
      await withPatientSession(async ({ redis, service, events, by }) => {
        const succeededAt = outcome === 'succeeded' ? Date.now() : undefined;
        await new HookRuns(redis, service).end(run, succeededAt);
        const text = `${run.hook} ${outcome} on ${run.host}`;
        await events.append({ type: `hook-${outcome}`, text, by });
        print(options, { ...run, outcome }, text);
      });
    });
}

function subcommand(verb: string, description: string): Command {
  return new Command(verb)
    .description(description)
    .option('--hook <hook>', `${hooks.join(' or ')}; required`)
    .option('--key <key>', 'what the run is about: a digest of image and command; required')
    .option('--host <name>', 'name of the host that runs it; required')
    .option('--json', 'print one line of JSON');
}

function example(line: string): string {
  return `\nExample:\n  $ perch hook ${line}`;
}
