import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from './process-group.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a process may take to end after SIGTERM, milliseconds. */
const stopTimeoutMs = 8_000;

/** A process that was started, the leader of a group of its own. */
export class Child {
  readonly name: string;
  readonly pid: number;
  /** Its output, both streams. */
  readonly logFile: string;
  /** Settles when it has ended, and with it its whole group. */
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

  /** Whether its end is wanted. */
  get stopping(): boolean {
    return this.#stopping;
  }

  signal(signal: NodeJS.Signals): void {
    signalGroup(this.pid, signal);
  }

  /** SIGTERM, and SIGKILL when that was not enough. */
  async stop(timeoutMs = stopTimeoutMs): Promise<void> {
    this.#stopping = true;
    if (this.#exit !== undefined) return;
    this.signal('SIGTERM');
    // A process that was stopped by SIGSTOP would not hear it.
    this.signal('SIGCONT');
    const late = new AbortController();
    await Promise.race([this.exited, delay(timeoutMs, undefined, late).catch(() => undefined)]);
    late.abort();
    await this.kill();
  }

  /** SIGKILL, at once. */
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
