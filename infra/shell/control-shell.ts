import { overSsh, type SshAddress } from './over-ssh.ts';
import { runProgram } from './program.ts';

/** Address of the control host. */
export type ControlAddress = SshAddress;

/**
 * Runs a script on the control host, or on this machine if there is none.
 * @returns the script's standard output.
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
