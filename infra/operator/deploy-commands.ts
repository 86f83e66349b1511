import { rollbackUsage, usage } from '../deploy/options.ts';

/** A command of `npx perch` that deploys. It reads its stack itself, which may never have been updated. */
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

/** `perch deploy`. */
export const deployCommand: DeployCommand = {
  summary: 'Update the stack, watch the release, and go back to the last good one if it does harm.',
  usage,
  // Pulumi's library takes a second to load, and the help does not need it.
  run: async (args) => (await import('../deploy/programs.ts')).deployProgram(args),
};

/** `perch rollback`. */
export const rollbackCommand: DeployCommand = {
  summary: 'Deploy a recorded release of the stack again, by default the one before.',
  usage: rollbackUsage,
  run: async (args) => (await import('../deploy/programs.ts')).rollbackProgram(args),
};
