import type { OperatorCommand, ProjectCommand } from './command.ts';
import type { DeployCommand } from './deploy-commands.ts';

/**
 * Loaders of the commands that run on the operator's machine; every other command runs in a monitor.
 * A further one is a file of its own and a line here.
 */
export const operatorCommands: ReadonlyMap<string, () => Promise<OperatorCommand>> = new Map(
  Object.entries({
    logs: async () => (await import('./logs/logs-command.ts')).logsCommand,
    doctor: async () => (await import('./doctor/doctor-command.ts')).doctorCommand,
    console: async () => (await import('./console/console-command.ts')).consoleCommand,
    exec: async () => (await import('./exec-command.ts')).execCommand,
  }),
);

/** Loaders of the commands that change a stack, by their one or two words. */
const deployCommands: ReadonlyMap<string, () => Promise<DeployCommand>> = new Map(
  Object.entries({
    deploy: async () => (await import('./deploy-commands.ts')).deployCommand,
    rollback: async () => (await import('./deploy-commands.ts')).rollbackCommand,
    recover: async () => (await import('./deploy-commands.ts')).recoverCommand,
    'host replace': async () => (await import('./deploy-commands.ts')).replaceHostCommand,
    'host resize': async () => (await import('./deploy-commands.ts')).resizeHostsCommand,
  }),
);

type Described = Pick<OperatorCommand, 'summary' | 'usage'>;

/** Loaders of the commands that need no stack. */
export const projectCommands: ReadonlyMap<string, () => Promise<ProjectCommand>> = new Map(
  Object.entries({
    init: async () => (await import('./init/init-command.ts')).initCommand,
  }),
);

/** Loaders of the commands about a stack, for the help and for completion. */
export const stackCommands: ReadonlyMap<string, () => Promise<Described>> = new Map<
  string,
  () => Promise<Described>
>([...deployCommands, ...operatorCommands]);

/** Command of a call that changes a stack, and the words after it. Undefined: the call is of another one. */
export async function deployCommandOf(
  words: readonly string[],
): Promise<{ readonly command: DeployCommand; readonly rest: readonly string[] } | undefined> {
  for (const length of [2, 1]) {
    const command = await deployCommands.get(words.slice(0, length).join(' '))?.();
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  return undefined;
}
