import { overSsh, type SshAddress } from './over-ssh.ts';
import { runProgram } from './program.ts';

/** How ssh reaches the control host. */
export type ControlAddress = SshAddress;

/**
 * Runs a script on the control host, or here when there is none, and answers what it printed.
 * @throws PerchError as {@link runProgram} does.
 */
export async function onControl(
  address: ControlAddress | undefined,
  script: string,
): Promise<string> {
  return address === undefined
    ? await runProgram('sh', ['-c', script])
    : await overSsh(address, script);
}
