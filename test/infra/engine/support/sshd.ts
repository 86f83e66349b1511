import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../../rehearsal/loopback.ts';
import { until } from '../../../support/until.ts';
import { makeSshKey, type HostKeyKind, type SshKey } from './ssh-key.ts';

export interface TestSshd extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Its host key of each kind that it offers. */
  readonly hostKeys: Readonly<Partial<Record<HostKeyKind, string>>>;
  /** Host key of another machine. */
  readonly otherHostKey: string;
  /** The key that it accepts at first. */
  readonly privateKey: string;
  readonly publicKey: string;
  /** Makes another private key, which it does not accept yet. */
  makeKey(): SshKey;
  /** Accepts these public keys from now on, and no others. */
  accept(...publicKeys: readonly string[]): void;
}

export interface SshdOptions {
  /** Address of loopback. Default 127.0.0.1. */
  readonly address?: string;
  /** Kinds of its host keys. Default Ed25519 alone. */
  readonly kinds?: readonly HostKeyKind[];
  /** Server whose private key it accepts. Default: it accepts one of its own. */
  readonly like?: TestSshd;
  /** Further lines of its configuration; of a setting that is there twice, sshd takes the first. */
  readonly settings?: readonly string[];
}

/** Reason why no sshd can be started, or undefined. */
export function whyNoSshd(): string | undefined {
  try {
    for (const program of ['ssh', 'ssh-keygen', 'sshd']) execFileSync('which', [program]);
    return undefined;
  } catch {
    return 'openssh-client and openssh-server must be installed';
  }
}

/** An sshd on loopback with its own host keys. At first it accepts one key. */
export async function startSshd(options: SshdOptions = {}): Promise<TestSshd> {
  const { address = '127.0.0.1', kinds = ['ed25519'], like, settings = [] } = options;
  const folder = mkdtempSync(join(tmpdir(), 'perch-sshd-'));
  const port = await freePort();
  const makeKey = (name: string, kind?: HostKeyKind) => makeSshKey(join(folder, name), kind);
  const hostKeys = Object.fromEntries(
    kinds.map((kind) => [kind, makeKey(`host-${kind}`, kind).publicKey]),
  );
  const privateKey = like?.privateKey ?? makeKey('client').privateKey;
  const identity = join(folder, 'identity');
  writeFileSync(identity, privateKey, { mode: 0o600 });
  const accept = (...publicKeys: readonly string[]) =>
    writeFileSync(join(folder, 'authorized_keys'), `${publicKeys.join('\n')}\n`, { mode: 0o600 });
  const publicKey = execFileSync('ssh-keygen', ['-y', '-f', identity], { encoding: 'utf8' }).trim();
  accept(publicKey);
  let keys = 0;
  const lines = [
    ...settings,
    `Port ${port}`,
    `ListenAddress ${address}`,
    ...kinds.map((kind) => `HostKey ${join(folder, `host-${kind}`)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    'MaxStartups 100',
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  // Where sshd separates its privileges. Only root needs it.
  if (userInfo().uid === 0) execFileSync('mkdir', ['-p', '/run/sshd']);
  const program = execFileSync('which', ['sshd'], { encoding: 'utf8' }).trim();
  const child = spawn(program, ['-D', '-f', join(folder, 'config')], { stdio: 'ignore' });
  await until(() => accepts(port, address), { what: 'sshd to accept connections' });
  return {
    address,
    port,
    user: userInfo().username,
    hostKey: Object.values(hostKeys)[0] ?? '',
    hostKeys,
    otherHostKey: makeKey('other').publicKey,
    privateKey,
    publicKey,
    makeKey: () => makeKey(`client-${(keys += 1)}`),
    accept,
    async [Symbol.asyncDispose]() {
      // A test may have stopped it.
      if (child.signalCode !== null || child.exitCode !== null) return;
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
