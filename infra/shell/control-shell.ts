import { overSsh } from './over-ssh.ts';
import type { SshAddress } from './ssh-login.ts';
import { lacksMonitor, requireMonitor } from './in-monitor.ts';
import { isSshFailure, runProgram } from './program.ts';

/** Address of the control host. */
export type ControlAddress = SshAddress;

/**
 * Runs a script on the control host, or on this machine if there is none.
 * @param input standard input of the script. Default: none.
 * @returns the script's standard output.
 * @throws PerchError as {@link runProgram} does.
 */
export async function onControl(
  address: ControlAddress | undefined,
  script: string,
  input = '',
): Promise<string> {
  return address === undefined
    ? await runProgram('sh', ['-c', script], input)
    : await overSsh(address, script, input);
}

/**
 * Runs a script of in-monitor.ts on the first of several hosts that answers and has a healthy monitor:
 * every monitor of a service reaches its Redis. Without any host it runs on this machine.
 * @param input standard input of the script. Default: none.
 * @throws PerchError as {@link runProgram} does: of the first host, if none of them can run it.
 */
export async function onAnyControl(
  addresses: readonly ControlAddress[],
  script: string,
  input = '',
): Promise<string> {
  if (addresses.length === 0) return await onControl(undefined, script, input);
  const failures: unknown[] = [];
  for (const address of addresses) {
    try {
      return await onControl(address, script, input);
    } catch (error) {
      failures.push(unanswered(error));
    }
  }
  throw failures[0];
}

/** First of several hosts that answers and has a healthy monitor; undefined if none does. */
export async function livingControl<A extends ControlAddress>(
  service: string,
  addresses: readonly A[],
): Promise<A | undefined> {
  for (const address of addresses) {
    try {
      await onControl(address, requireMonitor(service));
      return address;
    } catch (error) {
      unanswered(error);
    }
  }
  return undefined;
}

/**
 * Returns the error of a host that does not answer or has no healthy monitor, so that another is tried.
 * @throws the error, if it is of another kind.
 */
function unanswered(error: unknown): unknown {
  if (isSshFailure(error) || lacksMonitor(error)) return error;
  throw error;
}
