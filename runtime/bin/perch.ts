#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { loadCommands } from '../cli/commands.ts';

const badInput = 2;
const failed = 1;

const program = new Command('perch')
  .description('Release containers safely on plain servers.')
  // Options after a subcommand belong to it, although its parent may have options of these names.
  .enablePositionalOptions();
for (const command of await loadCommands(process.argv[2])) program.addCommand(command);
throwInsteadOfExit(program);
endWithReader();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Prevents Commander from ending the process itself, with code 1 even for bad input. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => write(text.replace(/^error:/, 'perch:')),
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

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : badInput;
  if (!(error instanceof PerchError)) throw error;
  console.error(`perch: ${error.message}`);
  return error.code === 'bad_input' ? badInput : failed;
}
