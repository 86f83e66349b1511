import type { Command } from 'commander';
import { ejectCommand } from './eject-command.ts';
import { eventsCommand } from './events-command.ts';
import { flagsCommand } from './flags-command.ts';
import { incidentsCommand } from './incidents-command.ts';
import { memberCommand } from './member-command.ts';
import { reinstateCommand } from './reinstate-command.ts';
import { restoreCommand } from './restore-command.ts';
import { statusCommand } from './status-command.ts';
import { weightCommand } from './weight-command.ts';

/** What operators and CI ask of a service; the processes are wired in bin/. */
export function operatorCommands(): Command[] {
  return [
    memberCommand(),
    weightCommand(),
    flagsCommand(),
    statusCommand(),
    eventsCommand(),
    incidentsCommand(),
    ejectCommand(),
    reinstateCommand(),
    restoreCommand(),
  ];
}
