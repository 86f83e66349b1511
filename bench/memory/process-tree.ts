import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from '../proxy/process.ts';

export interface TreeArgs {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A process and its children. */
export class ProcessTree {
  readonly #child: ChildProcess;

  constructor({ command: [program = '', ...args], environment }: TreeArgs) {
    this.#child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...environment },
    });
  }

  /** Process ids, its own first. */
  get pids(): readonly number[] {
    const { pid = 0 } = this.#child;
    return [pid, ...childrenOf(pid)];
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await Promise.race([exited, delay(10_000, undefined, { ref: false })]);
    this.#child.kill('SIGKILL');
  }
}
