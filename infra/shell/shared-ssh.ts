import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { programFailure } from './program.ts';
import { whileRefused, writeLogin, type SshAddress, type SshLogin } from './ssh-login.ts';

/** An open ssh connection, over which further `ssh` processes run scripts without a login. */
export interface SharedSsh {
  /** Words for `ssh` that run a script over the connection. */
  words(script: string): string[];
  /**
   * Words for `ssh` that forward a port of loopback here to one of loopback there, until the
   * connection ends. It fails if the port here is taken.
   */
  forwardWords(port: number, remotePort: number): string[];
  isOpen(): boolean;
  close(): void;
}

const ready = 'perch-ready';

/** Its own session ends with this process, and the connection with it, also if that is killed. */
const ownSession = `echo ${ready}; exec cat > /dev/null`;

/** A host that is gone is noticed after 15 s. */
const options = ['ControlMaster=yes', 'ServerAliveInterval=5', 'ServerAliveCountMax=3'].flatMap(
  (option) => ['-o', option],
);

/**
 * Opens a connection.
 * @param folder private folder for its socket and the files that ssh reads.
 * @param name short name, unique in the folder.
 * @throws PerchError `process_failed` with ssh's reason.
 */
export async function openSharedSsh(
  folder: string,
  name: string,
  address: SshAddress,
): Promise<SharedSsh> {
  const login = await writeLogin(folder, name, address);
  const socket = join(folder, name);
  return await whileRefused(() => openOnce(login, socket));
}

async function openOnce(login: SshLogin, socket: string): Promise<SharedSsh> {
  const controlPath = ['-o', `ControlPath=${socket}`];
  const words = [...controlPath, ...options, ...login.options, ...login.destination, ownSession];
  // Ctrl-C on the terminal is for this process.
  const child = spawn('ssh', words, { stdio: 'pipe', detached: true });
  child.stdin.on('error', () => undefined);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (stdout.split('\n').includes(ready)) resolve();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('error', (cause) => {
    reject(new PerchError('unsupported', 'ssh must be on PATH', { cause }));
  });
  child.on('close', (code) => {
    reject(programFailure('ssh', stderr, Object.assign(new Error('ssh ended'), { code, stderr })));
  });
  await promise;
  return {
    words: (script) => [
      '-o',
      'ControlMaster=no',
      ...controlPath,
      ...login.options,
      ...login.destination,
      script,
    ],
    forwardWords: (port, remotePort) => [
      '-O',
      'forward',
      '-L',
      `127.0.0.1:${port}:127.0.0.1:${remotePort}`,
      ...controlPath,
      ...login.options,
      ...login.destination,
    ],
    isOpen: () => child.exitCode === null && child.signalCode === null,
    close: () => void child.kill(),
  };
}
