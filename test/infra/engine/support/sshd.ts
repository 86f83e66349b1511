import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../support/redis/redis-server.ts';
import { until } from '../../../support/until.ts';
import { makeSshKey } from './ssh-key.ts';

export interface TestSshd extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Host key of another machine. */
  readonly otherHostKey: string;
  readonly privateKey: string;
}

/** An sshd on 127.0.0.1 with its own host key. It accepts one key, also its own. */
export async function startSshd(): Promise<TestSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'perch-sshd-'));
  const port = await freePort();
  const makeKey = (name: string) => makeSshKey(join(folder, name));
  const host = makeKey('host');
  const client = makeKey('client');
  writeFileSync(join(folder, 'authorized_keys'), `${client.publicKey}\n`, { mode: 0o600 });
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'MaxStartups 100',
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  execFileSync('mkdir', ['-p', '/run/sshd']);
  const program = execFileSync('which', ['sshd'], { encoding: 'utf8' }).trim();
  const child = spawn(program, ['-D', '-f', join(folder, 'config')], { stdio: 'ignore' });
  await until(() => accepts(port), { what: 'sshd to accept connections' });
  return {
    port,
    user: userInfo().username,
    hostKey: host.publicKey,
    otherHostKey: makeKey('other').publicKey,
    privateKey: client.privateKey,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** True if something accepts connections on `port`, by default of loopback, in time. */
export async function accepts(
  port: number,
  address = '127.0.0.1',
  timeoutMs = 5_000,
): Promise<boolean> {
  const socket = connect(port, address);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
