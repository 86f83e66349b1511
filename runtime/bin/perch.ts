#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { operatorCommands } from '../cli/commands.ts';
import { PerchError } from '../contract/perch-error.ts';
import { appCommand } from './app-command.ts';
import { consoleCommand } from './console-command.ts';
import { monitorCommand } from './monitor-command.ts';
import { proxyCommand } from './proxy-command.ts';
import { testAlertCommand } from './test-alert-command.ts';

const badInput = 2;
const failed = 1;

const program = new Command('perch').description('Releases containers safely on plain servers.');
const processes = [proxyCommand(), appCommand(), monitorCommand(), consoleCommand()];
for (const command of [...processes, ...operatorCommands(), testAlertCommand()]) {
  program.addCommand(command);
}
throwInsteadOfExit(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Commander would end the process itself, with 1 for bad input too. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => write(text.replace(/^error:/, 'perch:')),
  });
  for (const child of command.commands) throwInsteadOfExit(child);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : badInput;
  if (!(error instanceof PerchError)) throw error;
  console.error(`perch: ${error.message}`);
  return error.code === 'bad_input' ? badInput : failed;
}
