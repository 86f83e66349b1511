import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';

const execute = promisify(execFile);
const alias = 'perch-control';

/** How ssh reaches the control host. */
export interface ControlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  /** Secret. */
  readonly privateKey: string;
}

/**
 * Runs a script on the control host, or here when there is none, and answers what it printed.
 * @throws PerchError `process_failed` with the last line that it printed on standard error.
 */
export async function onControl(
  address: ControlAddress | undefined,
  script: string,
): Promise<string> {
  if (address === undefined) return (await run('sh', ['-c', script])).stdout;
  const folder = await mkdtemp(join(tmpdir(), 'perch-deploy-'));
  try {
    const identity = join(folder, 'key');
    const knownHosts = join(folder, 'known_hosts');
    await writeFile(identity, `${address.privateKey.trimEnd()}\n`, { mode: 0o600 });
    await writeFile(knownHosts, `${alias} ${address.hostKey}\n`);
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      `IdentityFile=${identity}`,
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile=${knownHosts}`,
      `HostKeyAlias=${alias}`,
    ].flatMap((option) => ['-o', option]);
    const place = ['-p', String(address.port), `${address.user}@${address.host}`];
    return (await run('ssh', [...options, ...place, script])).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(program: string, args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await execute(program, args);
  } catch (cause) {
    // The message of execFile's error holds the whole script.
    const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    const line = stderr.trim().split('\n').at(-1) || `${program} failed`;
    throw new PerchError('process_failed', line, { cause });
  }
}
