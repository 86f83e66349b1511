/** Connections of one process to its hosts, each shared by all that runs there. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attachment } from './in-monitor.ts';
import { freePort } from './free-port.ts';
import { Slots } from './slots.ts';
import { runProgram } from './program.ts';
import { openSharedSsh, type SharedSsh } from './shared-ssh.ts';
import type { SshAddress } from './ssh-login.ts';

/**
 * Commands that run on one host at once; others wait. sshd's default `MaxSessions`, 10, bounds what
 * one connection carries: these, and the connection's own session.
 */
const commandsAtOnce = 8;
const streamsAConnection = 8;

/** Longest folder that leaves room for a socket's name within the 104 bytes that macOS allows. */
const longestFolder = 60;

/** A machine that ssh reaches; undefined: this one. */
export type HostAddress = SshAddress | undefined;

interface HostState {
  readonly slots: Slots;
  readonly commands: Shared;
  readonly streams: Shared[];
}

interface Shared {
  connection: Promise<SharedSsh> | undefined;
  used: number;
}

/**
 * Runs scripts on hosts. The commands of a host share one ssh connection, so that sshd, which by
 * default refuses some of more than ten logins at once, never refuses them.
 */
export class HostConnections implements AsyncDisposable {
  readonly #folder: string;
  readonly #hosts = new Map<string, HostState>();
  readonly #children = new Set<ChildProcess>();
  #opened = 0;

  constructor() {
    const parent = tmpdir().length > longestFolder ? '/tmp' : tmpdir();
    this.#folder = mkdtempSync(join(parent, 'perch-'));
    process.on('exit', this.#clean);
  }

  /**
   * Runs a script to its end.
   * @param options.input its standard input. Default: none.
   * @param options.timeoutMs time after which it is ended. Default: none.
   * @returns the script's standard output.
   * @throws PerchError as {@link runProgram} does.
   */
  async run(
    address: HostAddress,
    script: string,
    options: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<string> {
    const { input = '', timeoutMs = 0 } = options;
    if (address === undefined) return await runProgram('sh', ['-c', script], input, { timeoutMs });
    const host = this.#host(address);
    using _slot = await host.slots.take();
    const shared = await this.#open(address, host.commands);
    return await runProgram('ssh', shared.words(script), input, { timeoutMs });
  }

  /**
   * Starts a script that runs until it is ended. It should end with its standard input.
   * @throws PerchError `process_failed` if ssh cannot connect.
   */
  async stream(address: HostAddress, script: string): Promise<ChildProcess> {
    if (address === undefined) return this.#start('sh', ['-c', script]);
    const { streams } = this.#host(address);
    let shared = streams.find(({ used }) => used < streamsAConnection);
    if (shared === undefined) streams.push((shared = { connection: undefined, used: 0 }));
    const taken = shared;
    taken.used += 1;
    const release = () => void (taken.used -= 1);
    try {
      const ssh = await this.#open(address, taken);
      return this.#start('ssh', ssh.words(script)).once('close', release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Runs a script with standard streams of this process.
   * @param signal ends it.
   * @returns its exit code.
   */
  async attach(
    address: HostAddress,
    script: string,
    { streams, signal }: { readonly streams: Attachment['streams']; readonly signal: AbortSignal },
  ): Promise<number> {
    const [program, ...words] = await this.#attached(address, script, streams === 'terminal');
    // Without input, a pipe that stays open keeps the script running.
    const child = spawn(program, words, {
      stdio: [streams === 'none' ? 'pipe' : 'inherit', 'inherit', 'inherit'],
    });
    const end = () => void child.kill();
    signal.addEventListener('abort', end);
    const [code, killedBy]: unknown[] = await once(child, 'close');
    signal.removeEventListener('abort', end);
    if (typeof code === 'number') return code;
    return killedBy === 'SIGINT' ? 130 : 143;
  }

  /**
   * Forwards a port of this machine's loopback to one of the host's, until the connections end.
   * @param wanted port here that is taken if it is free.
   * @returns the port here; on this machine, `remotePort` itself.
   */
  async forward(address: HostAddress, remotePort: number, wanted: number): Promise<number> {
    if (address === undefined) return remotePort;
    const shared = await this.#open(address, this.#host(address).commands);
    const port = await freePort(wanted);
    await runProgram('ssh', shared.forwardWords(port, remotePort));
    return port;
  }

  async #attached(
    address: HostAddress,
    script: string,
    terminal: boolean,
  ): Promise<[string, ...string[]]> {
    if (address === undefined) return ['sh', '-c', script];
    const shared = await this.#open(address, this.#host(address).commands);
    return ['ssh', terminal ? '-tt' : '-T', ...shared.words(script)];
  }

  #host(address: SshAddress): HostState {
    const { user, host, port } = address;
    const key = `${user}@${host}:${port}`;
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const state: HostState = {
      slots: new Slots(commandsAtOnce),
      commands: { connection: undefined, used: 0 },
      streams: [],
    };
    this.#hosts.set(key, state);
    return state;
  }

  /** Opens a connection, or returns the one that is open. One that was lost is opened again. */
  async #open(address: SshAddress, shared: Shared): Promise<SharedSsh> {
    const current = shared.connection;
    if (current === undefined) {
      this.#opened += 1;
      shared.connection = openSharedSsh(this.#folder, `c${this.#opened}`, address);
      return await this.#opening(shared, shared.connection);
    }
    const open = await this.#opening(shared, current);
    if (open.isOpen()) return open;
    if (shared.connection === current) shared.connection = undefined;
    return await this.#open(address, shared);
  }

  async #opening(shared: Shared, connection: Promise<SharedSsh>): Promise<SharedSsh> {
    try {
      return await connection;
    } catch (error) {
      if (shared.connection === connection) shared.connection = undefined;
      throw error;
    }
  }

  /** A group of its own: Ctrl-C on the terminal is for this process, which then ends the children. */
  #start(program: string, words: readonly string[]): ChildProcess {
    const child = spawn(program, words, { stdio: 'pipe', detached: true });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    // Its exit code says the rest.
    child.stdin?.on('error', () => undefined);
    return child;
  }

  /** Ends everything that runs, and removes the keys. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill();
    for (const { commands, streams } of this.#hosts.values()) {
      for (const { connection } of [commands, ...streams]) {
        (await connection?.catch(() => undefined))?.close();
      }
    }
    this.#clean();
    process.off('exit', this.#clean);
  }

  readonly #clean = () => rmSync(this.#folder, { recursive: true, force: true });
}
