import type { OperatorCommand } from './command.ts';

/**
 * Loaders of the commands that run on the operator's machine; every other command runs in a monitor.
 * A further one is a file of its own and a line here.
 */
export const operatorCommands: ReadonlyMap<string, () => Promise<OperatorCommand>> = new Map(
  Object.entries({
    logs: async () => (await import('./logs/logs-command.ts')).logsCommand,
    doctor: async () => (await import('./doctor/doctor-command.ts')).doctorCommand,
    exec: async () => (await import('./exec-command.ts')).execCommand,
  }),
);
