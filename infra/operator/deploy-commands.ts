import { rollbackUsage, usage } from '../deploy/options.ts';
import { usage as recoverUsage } from '../recovery/recover-options.ts';
import { usage as hostUsage } from '../replacement/host-options.ts';

/** A command of `npx perch` that changes a stack. It reads its stack itself, which may never have been updated. */
export interface DeployCommand {
  /** One sentence for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  /**
   * Runs the command, which takes signals, prints its errors and sets the exit code by itself.
   * @param args those of the program, `--stack NAME` among them.
   */
  readonly run: (args: readonly string[]) => Promise<void>;
}

// Pulumi's library takes a second to load, and the help does not need it.
const deployPrograms = async () => await import('../deploy/programs.ts');
const hostProgram = async (args: readonly string[]) =>
  await (await import('../replacement/host-program.ts')).hostProgram(args);

/** `perch deploy`. */
export const deployCommand: DeployCommand = {
  summary: 'Update the stack, watch the release, and go back to the last good one if it does harm.',
  usage,
  run: async (args) => (await deployPrograms()).deployProgram(args),
};

/** `perch rollback`. */
export const rollbackCommand: DeployCommand = {
  summary: 'Deploy a recorded release of the stack again, by default the one before.',
  usage: rollbackUsage,
  run: async (args) => (await deployPrograms()).rollbackProgram(args),
};

/** `perch recover`. */
export const recoverCommand: DeployCommand = {
  summary: 'Make the stack ready again after an update that was interrupted.',
  usage: recoverUsage,
  run: async (args) => (await import('../deploy/recover-program.ts')).recoverProgram(args),
};

/** `perch host replace`. */
export const replaceHostCommand: DeployCommand = {
  summary: 'Put a new host in the place of one that died.',
  usage: hostUsage,
  run: async (args) => await hostProgram(['replace', ...args]),
};

/** `perch host resize`. */
export const resizeHostsCommand: DeployCommand = {
  summary: "Give the running machines of a cloud the stack's size, one after the other.",
  usage: hostUsage,
  run: async (args) => await hostProgram(['resize', ...args]),
};
