import type { HostConnections } from '../shell/host-connections.ts';
import type { DeployedStack } from './deployed-stack.ts';

/** Everything that a command about a stack works with. */
export interface OperatorContext {
  readonly stack: DeployedStack;
  readonly connections: HostConnections;
  /** Aborted by Ctrl-C, or when the process is asked to end. */
  readonly signal: AbortSignal;
}

/** A command of `perch --stack NAME` that runs on the operator's machine. */
export interface OperatorCommand {
  /** One sentence for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  /**
   * Runs the command.
   * @param words arguments after the command's name.
   * @returns the exit code.
   * @throws PerchError `bad_input` with the rule for wrong arguments.
   */
  run(context: OperatorContext, words: readonly string[]): Promise<number>;
}

/** A command about the project in the working directory. */
export interface ProjectCommand extends Pick<OperatorCommand, 'summary' | 'usage'> {
  /**
   * Runs the command.
   * @param words arguments after the command's name.
   * @returns the exit code.
   * @throws PerchError `bad_input` with every problem of the arguments.
   */
  run(words: readonly string[]): Promise<number>;
}
