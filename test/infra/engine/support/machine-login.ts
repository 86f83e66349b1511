import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeSshKey, type SshKey } from './ssh-key.ts';

/** Number of the user of a machine that is not root. */
const userId = 20_000;

export interface LoginOptions {
  /** Key that its users log in with. */
  readonly userKey: SshKey;
  /** Its ssh host key. Default: a new one. */
  readonly hostKey?: SshKey;
  /** Its user, who may use Docker. Default: root. */
  readonly user?: string;
}

/** Prepares the folder of a machine for logins by ssh, and returns the host key. */
export function prepareLogin(folder: string, options: LoginOptions): SshKey {
  const { userKey, user = 'root' } = options;
  // Its user reads there too.
  chmodSync(folder, 0o755);
  for (const name of ['etc', 'etc-work', 'ssh', 'bin']) mkdirSync(join(folder, name));
  const file = join(folder, 'ssh/host');
  const hostKey = options.hostKey ?? makeSshKey(file);
  writeFileSync(file, hostKey.privateKey, { mode: 0o600 });
  if (user !== 'root') addUser(folder, user);
  configureSshd(folder, userKey);
  return hostKey;
}

/** Configures the ssh server of a machine, which lets `key` in. */
function configureSshd(folder: string, key: SshKey): void {
  const file = (name: string) => join(folder, 'ssh', name);
  writeFileSync(file('authorized_keys'), `${key.publicKey}\n`);
  const programs = join(folder, 'bin');
  const lines = [
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `SetEnv PATH=${programs}:${process.env['PATH']}`,
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'MaxStartups 100',
  ];
  writeFileSync(file('config'), `${lines.join('\n')}\n`);
}

/** Adds a user who may use Docker to the /etc of a machine, `folder`/etc. */
function addUser(folder: string, name: string): void {
  const home = join(folder, 'home');
  mkdirSync(home);
  const group = /^docker:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1];
  if (group === undefined) throw new Error('this machine has no group docker');
  const lines = {
    passwd: `${name}:x:${userId}:${group}::${home}:/bin/sh`,
    shadow: `${name}:*:20000:0:99999:7:::`,
  };
  for (const [file, line] of Object.entries(lines)) {
    const text = readFileSync(join('/etc', file), 'utf8');
    writeFileSync(join(folder, 'etc', file), `${text.trimEnd()}\n${line}\n`, { mode: 0o600 });
  }
}

/** Arguments of `ssh` that forward a port of a machine's loopback to the same port of this one's. */
export function tunnelArgs(
  folder: string,
  port: number,
  { address, hostKey, privateKey }: { address: string; hostKey: string; privateKey: string },
): string[] {
  const known = join(folder, 'ssh/known_hosts');
  const key = join(folder, 'ssh/client');
  writeFileSync(known, `${address} ${hostKey}\n`);
  writeFileSync(key, privateKey, { mode: 0o600 });
  const options = [
    `UserKnownHostsFile=${known}`,
    'ExitOnForwardFailure=yes',
    'ServerAliveInterval=2',
  ].flatMap((option) => ['-o', option]);
  const tunnel = ['-N', '-R', `127.0.0.1:${port}:127.0.0.1:${port}`];
  return [...options, '-i', key, ...tunnel, `root@${address}`];
}
