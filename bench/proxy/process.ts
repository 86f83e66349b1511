import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Kernel ticks per second in /proc, the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Core of the proxy that is measured; everything else has the other one. */
export const measured = '0';
export const others = '1';

/** Process, with all of its children, that is bound to some cores. */
export class PinnedProcess {
  readonly #child: ChildProcess;

  /**
   * @param cores as `taskset` lists them, for example `0` or `0-1`.
   * @param environment on top of the bench's own.
   */
  constructor(
    cores: string,
    command: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn('taskset', ['--cpu-list', cores, ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production', ...environment },
    });
  }

  /** Returns the CPU time of the process and its children, milliseconds. */
  cpuMs(): number {
    return cpuMsOfTree(this.#child.pid ?? 0);
  }

  /** Process ids, its own first, then those of its children. */
  get pids(): readonly number[] {
    return [this.#child.pid ?? 0, ...this.children()];
  }

  /** Returns the process ids of its children. */
  children(): number[] {
    return childrenOf(this.#child.pid ?? 0);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await Promise.race([exited, delay(5_000, undefined, { ref: false })]);
    this.#child.kill('SIGKILL');
  }
}

/** Waits until something listens on a port of this machine. */
export async function listening(port: number): Promise<void> {
  for (let time = 0; time < 600; time += 1) {
    const socket = connect(port, '127.0.0.1');
    const event = await Promise.race([
      once(socket, 'connect').then(() => 'connect'),
      once(socket, 'error').then(
        () => 'error',
        () => 'error',
      ),
    ]).catch(() => 'error');
    socket.destroy();
    if (event === 'connect') return;
    await delay(100);
  }
  throw new Error(`nothing listens on port ${port}`);
}

export function isInstalled(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
}

function cpuMsOfTree(pid: number): number {
  return childrenOf(pid)
    .map(cpuMsOfTree)
    .reduce((sum, ms) => sum + ms, cpuMsOf(pid));
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** CPU time of a process without its children, milliseconds. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may contain spaces; user and system time are the 12th and 13th after it.
  const [, , , , , , , , , , , user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return ((user + system) * 1_000) / ticksPerSecond;
}
