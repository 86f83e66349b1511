import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import { whileRefused, writeLogin, type SshAddress } from './ssh-login.ts';

/**
 * Runs a script on a machine, if the machine shows its pinned host key.
 * @param input standard input of the script. Default: none.
 * @param further options of `ssh`. Default: none.
 * @returns the script's standard output.
 * @throws PerchError as {@link runProgram} does.
 */
export async function overSsh(
  address: SshAddress,
  script: string,
  input = '',
  further: readonly string[] = [],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-ssh-'));
  try {
    const { options, destination } = await writeLogin(folder, 'host', address);
    const words = [...options, ...further, ...destination, script];
    return await whileRefused(() => runProgram('ssh', words, input));
  } finally {
    await rm(folder, { recursive: true });
  }
}
