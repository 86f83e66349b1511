#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { errorMessage } from '../contract/error-message.ts';
import { PerchError } from '../contract/perch-error.ts';
import { environmentHelp } from '../cli/command-help.ts';
import { loadCommands } from '../cli/commands.ts';
import { rehearsalOption, withoutRehearsal } from '../cli/rehearsal-option.ts';
import { isJsonAsked, printError } from '../cli/diagnostics.ts';

const badInput = 2;
const failed = 1;

const program = new Command('perch')
  .description('Release containers safely on plain servers.')
  .option(rehearsalOption, 'use the rehearsal (`npm start`) that runs on this machine')
  // Options after a subcommand belong to it, although its parent may have options of these names.
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `${environmentHelp}\n\nWith --json, a command that fails prints {"error": …} on stderr.`,
  );
endWithReader();

try {
  const args = await withoutRehearsal(process.argv.slice(2));
  for (const command of await loadCommands(args[0])) program.addCommand(command);
  throwInsteadOfExit(program);
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Prevents Commander from ending the process itself, with code 1 even for bad input. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => {
      if (!isJsonAsked()) write(text.replace(/^error:/, 'perch:'));
    },
  });
  for (const child of command.commands) throwInsteadOfExit(child);
}

/** Ends the process when the reader of its output does: `perch events | head`. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

/** Prints the error, unless Commander has printed it, and returns the exit code for it. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (isJsonAsked()) printError(badArguments(error));
    return badInput;
  }
  if (error instanceof PerchError) {
    printError(error);
    return error.code === 'bad_input' ? badInput : failed;
  }
  if (!isJsonAsked()) throw error;
  printError(new PerchError('unexpected', errorMessage(error), { cause: error }));
  return failed;
}

/** Error of the command line itself, such as an unknown option. */
function badArguments({ message }: CommanderError): PerchError {
  const line = message.replace(/^error: /, '').replaceAll('\n', ' ');
  return new PerchError('bad_input', line);
}
