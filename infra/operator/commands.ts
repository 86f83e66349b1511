import type { OperatorCommand } from './command.ts';
import type { DeployCommand } from './deploy-commands.ts';

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

/** Loaders of the commands that deploy. */
export const deployCommands: ReadonlyMap<string, () => Promise<DeployCommand>> = new Map(
  Object.entries({
    deploy: async () => (await import('./deploy-commands.ts')).deployCommand,
    rollback: async () => (await import('./deploy-commands.ts')).rollbackCommand,
  }),
);

type Described = Pick<OperatorCommand, 'summary' | 'usage'>;

/** All of these, for the help and for completion. */
export const stackCommands: ReadonlyMap<string, () => Promise<Described>> = new Map<
  string,
  () => Promise<Described>
>([...deployCommands, ...operatorCommands]);
