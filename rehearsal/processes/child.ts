import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from './process-group.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Time for a process to end after SIGTERM, milliseconds. */
const stopTimeoutMs = 8_000;

/** Started process, the leader of its own process group. */
export class Child {
  readonly name: string;
  readonly pid: number;
  /** Path of its output, both streams. */
  readonly logFile: string;
  /** Settles once it and its whole group have ended. */
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  #stopping = false;

  constructor(name: string, process: ChildProcess, pid: number, logFile: string) {
    this.name = name;
    this.pid = pid;
    this.logFile = logFile;
    this.exited = this.#ended(process);
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** True once it was told to end. */
  get stopping(): boolean {
    return this.#stopping;
  }

  signal(signal: NodeJS.Signals): void {
    signalGroup(this.pid, signal);
  }

  /** Sends SIGTERM, and SIGKILL after `timeoutMs`. */
  async stop(timeoutMs = stopTimeoutMs): Promise<void> {
    this.#stopping = true;
    if (this.#exit !== undefined) return;
    this.signal('SIGTERM');
    // A process paused by SIGSTOP would not receive SIGTERM.
    this.signal('SIGCONT');
    const late = new AbortController();
    await Promise.race([this.exited, delay(timeoutMs, undefined, late).catch(() => undefined)]);
    late.abort();
    await this.kill();
  }

  /** Sends SIGKILL. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.signal('SIGKILL');
    await this.exited;
  }

  #ended(process: ChildProcess): Promise<Exit> {
    return new Promise((resolve) => {
      process.once('exit', (code, signal) => {
        signalGroup(this.pid, 'SIGKILL');
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }
}
