/** Files and words by which ssh logs in to a pinned machine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { isSshFailure } from './program.ts';
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

export interface SshLogin {
  /** Options for `ssh`. */
  readonly options: readonly string[];
  /** Words after all options, before the script: the port, the user and the machine. */
  readonly destination: readonly string[];
}

/**
 * Writes the files that ssh reads into a private folder.
 * @param name begins the files' names.
 */
export async function writeLogin(
  folder: string,
  name: string,
  address: SshAddress,
): Promise<SshLogin> {
  const { host, port, user, hostKey, privateKey, proxyJump } = address;
  const identity = join(folder, `${name}.key`);
  const knownHosts = join(folder, `${name}.known_hosts`);
  await writeFile(identity, `${privateKey.trimEnd()}\n`, { mode: 0o600 });
  await writeFile(knownHosts, knownHostLines(alias, hostKey, proxyJump));
  const pinned = pinnedWords({ identity, knownHosts, alias, hostKey }, proxyJump);
  return {
    options: ['-o', 'ConnectTimeout=10', ...pinned],
    destination: ['-p', String(port), `${user}@${host}`],
  };
}

/**
 * Words of OpenSSH's client for a server that closed the connection before the login. Nothing has run
 * then. sshd does so at random when more than `MaxStartups` connections log in at once.
 */
const refused = /(kex|ssh)_exchange_identification: .*([Cc]losed|[Rr]eset)|Exceeded MaxStartups/;

/** Reasons of ssh for a machine on the way, which looks like a refusal too: another attempt has them again. */
const lasting =
  /Host key verification failed|Permission denied|Connection refused|timed out|No route to host|Could not resolve/;

const mostAttempts = 8;
const firstDelayMs = 100;
const longestDelayMs = 3_000;

/** True if sshd closed the connection before the login, so that another attempt may succeed. */
function isRefusedLogin(error: unknown): boolean {
  if (!isSshFailure(error) || !(error instanceof PerchError)) return false;
  const { cause } = error;
  const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : error.message;
  return refused.test(text) && !lasting.test(text);
}

/**
 * Runs `attempt` again, with growing pauses, while sshd closes its connection before the login.
 * @throws the last error.
 */
export async function whileRefused<T>(attempt: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (number >= mostAttempts || !isRefusedLogin(error)) throw error;
    }
    const pauseMs = Math.min(firstDelayMs * 2 ** number, longestDelayMs);
    // Those that were refused together must not come back together.
    await delay(pauseMs * (0.5 + Math.random()));
  }
}
