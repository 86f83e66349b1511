/** Host keys of servers: from options, or asked of the servers themselves. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { errorMessage } from '../../../runtime/contract/error-message.ts';
import { runProgram } from '../../shell/program.ts';
import type { NamedServer } from './answers.ts';
import { preferredHostKey } from './preferred-host-key.ts';
import { knownHostName } from './server-words.ts';

const answerSeconds = 10;

export interface ShownKey {
  readonly server: NamedServer;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** True if this machine's known hosts have the key: somebody has compared it before. */
  readonly isKnown: boolean;
}

type Scan = ShownKey | { readonly problem: string };

/** SHA256 fingerprint, as ssh shows it. */
export function fingerprint(hostKey: string): string {
  const [, blob = ''] = hostKey.split(' ');
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/** Command that prints the fingerprint on the server itself. */
export function fingerprintCommand(hostKey: string): string {
  const kind = hostKey.startsWith('ssh-ed25519') ? 'ed25519' : 'ecdsa';
  return `ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub`;
}

/**
 * Asks every server for its host key, all at once.
 * @throws PerchError `process_failed` with a line for each server that gives none, or another one than
 * this machine's known hosts have.
 */
export async function scanHostKeys(servers: readonly NamedServer[]): Promise<ShownKey[]> {
  const scans = await Promise.all(servers.map(async (server) => await scan(server)));
  const problems = scans.flatMap((scanned) => ('problem' in scanned ? [scanned.problem] : []));
  if (problems.length > 0) {
    throw new PerchError(
      'process_failed',
      `no host key can be read, and nothing was written:\n${problems.map((line) => `  ${line}`).join('\n')}\n` +
        '  --host-key "ADDRESS ssh-ed25519 AAAA..." gives one instead',
    );
  }
  return scans.flatMap((scanned) => ('problem' in scanned ? [] : [scanned]));
}

async function scan(server: NamedServer): Promise<Scan> {
  const name = knownHostName(server);
  const { lines, why } = await offered(server);
  const hostKey = preferredHostKey(lines);
  if (hostKey === undefined) {
    const rule = 'must answer with an Ed25519 or ECDSA host key';
    return { problem: `--server ${name} ${rule}: ${why ?? 'it offers neither'}` };
  }
  const { known, revoked } = await knownKeys(name);
  if (revoked.includes(hostKey)) {
    const rule = 'shows a host key that ~/.ssh/known_hosts has as revoked';
    return { problem: `--server ${name} ${rule}: ${fingerprint(hostKey)}` };
  }
  const sameKind = known.filter((key) => key.split(' ')[0] === hostKey.split(' ')[0]);
  if (sameKind.length > 0 && !sameKind.includes(hostKey)) {
    const before = sameKind.map(fingerprint).join(', ');
    return {
      problem: `--server ${name} shows another host key than ~/.ssh/known_hosts has: ${fingerprint(hostKey)}, not ${before}. Somebody may be in between; find out before you go on`,
    };
  }
  return { server, hostKey, isKnown: sameKind.length > 0 };
}

/** Keys that a machine offers; without any, the reason. ssh-keyscan itself says nothing of a closed port. */
async function offered({ address, port }: NamedServer) {
  const words = ['-T', String(answerSeconds), '-p', String(port), '-t', 'ed25519,ecdsa'];
  try {
    const lines = keysIn(await runProgram('ssh-keyscan', [...words, '--', address]));
    return { lines, why: lines.length > 0 ? undefined : await whyNoKey(address, port) };
  } catch (error) {
    if (error instanceof PerchError && error.code === 'unsupported') throw error;
    const why = await whyNoKey(address, port);
    return { lines: [], why };
  }
}

async function whyNoKey(address: string, port: number): Promise<string> {
  const socket = connect(port, address);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(answerSeconds * 1_000) });
    return 'it offers neither';
  } catch (error) {
    return error instanceof Error && error.name === 'AbortError'
      ? `it did not answer within ${answerSeconds} s`
      : errorMessage(error);
  } finally {
    socket.destroy();
  }
}

/** Keys in lines of known hosts: `NAME TYPE KEY`. */
function keysIn(lines: string): string[] {
  return lines.split('\n').flatMap((line) => {
    const [name = '', type = '', key = ''] = line.trim().split(/\s+/);
    return name.startsWith('#') || key === '' ? [] : [`${type} ${key}`];
  });
}

/** Keys that this user's known hosts have for a name, and those that they name as revoked. */
async function knownKeys(name: string) {
  const lines = (await knownHosts(name)).split('\n');
  const marker = /^@revoked\s+/;
  const revoked = lines.flatMap((line) =>
    marker.test(line) ? keysIn(line.replace(marker, '')) : [],
  );
  return { known: keysIn(lines.join('\n')), revoked };
}

/** Lines of this user's known hosts for a name. */
async function knownHosts(name: string): Promise<string> {
  const file = join(homedir(), '.ssh/known_hosts');
  if (!existsSync(file)) return '';
  try {
    return await runProgram('ssh-keygen', ['-F', name, '-f', file]);
  } catch (error) {
    // ssh-keygen exits with 1 for a name that it does not find.
    if (error instanceof PerchError && error.code === 'process_failed') return '';
    throw error;
  }
}
