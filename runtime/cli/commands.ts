import type { Command } from 'commander';

/** Each command with all that it needs; the processes first, as `perch --help` lists them. */
const loaders = new Map<string, () => Promise<Command>>(
  Object.entries({
    proxy: async () => (await import('./proxy-command.ts')).proxyCommand(),
    app: async () => (await import('./app-command.ts')).appCommand(),
    monitor: async () => (await import('./monitor-command.ts')).monitorCommand(),
    console: async () => (await import('./console-command.ts')).consoleCommand(),
    member: async () => (await import('./member-command.ts')).memberCommand(),
    weight: async () => (await import('./weight-command.ts')).weightCommand(),
    flags: async () => (await import('./flags-command.ts')).flagsCommand(),
    status: async () => (await import('./status-command.ts')).statusCommand(),
    events: async () => (await import('./events-command.ts')).eventsCommand(),
    incidents: async () => (await import('./incidents-command.ts')).incidentsCommand(),
    eject: async () => (await import('./ejection-commands.ts')).ejectCommand(),
    reinstate: async () => (await import('./ejection-commands.ts')).reinstateCommand(),
    restore: async () => (await import('./restore-command.ts')).restoreCommand(),
    notify: async () => (await import('./notify-command.ts')).notifyCommand(),
    'test-alert': async () => (await import('./test-alert-command.ts')).testAlertCommand(),
  }),
);

/**
 * The command that is asked for, or all of them for help and for a name that is none. A proxy needs
 * no AWS client and `perch weight` no web server: loading only what runs keeps both quick and small.
 */
export async function loadCommands(asked: string | undefined): Promise<Command[]> {
  const one = loaders.get(asked ?? '');
  const chosen = one === undefined ? [...loaders.values()] : [one];
  return await Promise.all(chosen.map((load) => load()));
}
