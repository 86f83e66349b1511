import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Process that ends all others if this one cannot; see guard.ts. */
export class GuardProcess {
  readonly #process: ChildProcess;

  /** @param folder folder to remove once this process is gone. */
  constructor(folder: string) {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'guard.ts'), folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A failed write means that the guard has ended; see `ended`.
    this.#process.stdin?.on('error', () => undefined);
  }

  /** Settles once it has ended. */
  get ended(): Promise<unknown> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return Promise.resolve();
    return once(this.#process, 'exit');
  }

  watch(pid: number): void {
    this.#process.stdin?.write(`+${pid}\n`);
  }

  forget(pid: number): void {
    this.#process.stdin?.write(`-${pid}\n`);
  }

  /** Lets it end the remaining processes, remove the folder, and end. */
  async close(): Promise<void> {
    this.#process.stdin?.end();
    await this.ended;
  }
}
