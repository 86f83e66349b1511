import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.ts';

const alias = 'perch';

/** Address and keys with which ssh reaches a machine. */
export interface SshAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Public key of the host, such as `ssh-ed25519 AAAA...`. */
  readonly hostKey: string;
  /** Private key of `user`. Secret. */
  readonly privateKey: string;
}

/**
 * Runs a script on a machine, if the machine shows its pinned host key.
 * @param input standard input of the script. Default: none.
 * @returns the script's standard output.
 * @throws PerchError as {@link runProgram} does.
 */
export async function overSsh(address: SshAddress, script: string, input = ''): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-ssh-'));
  try {
    const identity = join(folder, 'key');
    const knownHosts = join(folder, 'known_hosts');
    await writeFile(identity, `${address.privateKey.trimEnd()}\n`, { mode: 0o600 });
    await writeFile(knownHosts, `${alias} ${address.hostKey}\n`);
    const options = [
      'BatchMode=yes',
      'ConnectTimeout=10',
      'IdentitiesOnly=yes',
      `IdentityFile=${identity}`,
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${knownHosts}`,
      `HostKeyAlias=${alias}`,
    ].flatMap((option) => ['-o', option]);
    const destination = ['-p', String(address.port), `${address.user}@${address.host}`];
    return await runProgram('ssh', [...options, ...destination, script], input);
  } finally {
    await rm(folder, { recursive: true });
  }
}
