import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import { knownHostLines, pinnedWords, type ProxyJump } from './ssh-options.ts';

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
  readonly proxyJump?: ProxyJump | undefined;
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
    await writeFile(knownHosts, knownHostLines(alias, address.hostKey, address.proxyJump));
    const { hostKey, proxyJump } = address;
    const pinned = pinnedWords({ identity, knownHosts, alias, hostKey }, proxyJump);
    const destination = ['-p', String(address.port), `${address.user}@${address.host}`];
    const words = ['-o', 'ConnectTimeout=10', ...pinned, ...destination, script];
    return await runProgram('ssh', words, input);
  } finally {
    await rm(folder, { recursive: true });
  }
}
