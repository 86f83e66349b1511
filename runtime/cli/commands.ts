import type { Command } from 'commander';
import { completeHelp } from './command-help.ts';

/** Loaders of the commands, in the order of `perch --help`: the processes first. */
const loaders = new Map<string, () => Promise<Command>>(
  Object.entries({
    proxy: async () => (await import('./proxy-command.ts')).proxyCommand(),
    app: async () => (await import('./app-command.ts')).appCommand(),
    monitor: async () => (await import('./monitor-command.ts')).monitorCommand(),
    credentials: async () => (await import('./credentials-command.ts')).credentialsCommand(),
    console: async () => (await import('./console-command.ts')).consoleCommand(),
    member: async () => (await import('./member-command.ts')).memberCommand(),
    host: async () => (await import('./host-command.ts')).hostCommand(),
    route: async () => (await import('./route-command.ts')).routeCommand(),
    certificate: async () => (await import('./certificate-command.ts')).certificateCommand(),
    service: async () => (await import('./service-command.ts')).serviceCommand(),
    hook: async () => (await import('./hook-command.ts')).hookCommand(),
    weight: async () => (await import('./weight-command.ts')).weightCommand(),
    rollout: async () => (await import('./rollout-command.ts')).rolloutCommand(),
    maintenance: async () => (await import('./maintenance-command.ts')).maintenanceCommand(),
    flags: async () => (await import('./flags-command.ts')).flagsCommand(),
    status: async () => (await import('./status-command.ts')).statusCommand(),
    events: async () => (await import('./events-command.ts')).eventsCommand(),
    history: async () => (await import('./history-command.ts')).historyCommand(),
    incidents: async () => (await import('./incidents-command.ts')).incidentsCommand(),
    eject: async () => (await import('./ejection-commands.ts')).ejectCommand(),
    reinstate: async () => (await import('./ejection-commands.ts')).reinstateCommand(),
    backup: async () => (await import('./backup-command.ts')).backupCommand(),
    restore: async () => (await import('./restore-command.ts')).restoreCommand(),
    'check-redis': async () => (await import('./check-redis-command.ts')).checkRedisCommand(),
    notify: async () => (await import('./notify-command.ts')).notifyCommand(),
    'test-alert': async () => (await import('./test-alert-command.ts')).testAlertCommand(),
  }),
);

/**
 * Loads the named command, or all commands for help and for an unknown name. A proxy needs no AWS
 * client and `perch weight` needs no web server: loading one command keeps both quick and small.
 */
export async function loadCommands(name: string | undefined): Promise<Command[]> {
  const one = loaders.get(name ?? '');
  const chosen = one === undefined ? [...loaders.values()] : [one];
  const commands = await Promise.all(chosen.map((load) => load()));
  for (const command of commands) completeHelp(command);
  return commands;
}
