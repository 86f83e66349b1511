import { Command } from 'commander';
import { env } from '../contract/env.ts';
import { defaultListen, type FlagsServerArguments } from '../flags/ofrep/config.ts';

const help = `
Environment:
  ${env.stateDir}  folder that keeps the last good flags on disk

The server has no login: everyone who can reach it can read flags; nobody can change them.

Example:
  $ perch flags serve --listen 127.0.0.1:8016
  $ curl --json '{"context":{"targetingKey":"user-1"}}' \\
    http://127.0.0.1:8016/ofrep/v1/evaluate/flags/new_feature`;

/** `perch flags serve`: answers OpenFeature's Remote Evaluation Protocol. */
export function flagsServeCommand(): Command {
  return new Command('serve')
    .description('Evaluate flags for OpenFeature clients of any language (OFREP), from memory.')
    .option('--listen <ip:port>', 'address and port to listen on', defaultListen)
    .addHelpText('after', help)
    .action(async (given: FlagsServerArguments) => {
      // The other commands of flags need no web server.
      const { runFlagsServer } = await import('../process/run-flags-server.ts');
      await runFlagsServer(given);
    });
}
