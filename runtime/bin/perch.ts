#!/usr/bin/env node
import { Command } from 'commander';

const program = new Command('perch')
  .description('Releases containers safely on plain servers.')
  .showHelpAfterError();

await program.parseAsync();
