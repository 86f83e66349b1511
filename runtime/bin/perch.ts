#!/usr/bin/env node
import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { appCommand } from './app-command.ts';

const program = new Command('perch')
  .description('Releases containers safely on plain servers.')
  .showHelpAfterError()
  .addCommand(appCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof PerchError)) throw error;
  console.error(`perch: ${error.message}`);
  process.exitCode = error.code === 'bad_input' ? 2 : 1;
}
