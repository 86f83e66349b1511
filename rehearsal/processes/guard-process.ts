import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The process that ends all others when this one cannot; see guard.ts. */
export class GuardProcess {
  readonly #process: ChildProcess;

  /** @param folder - removed when this process is gone. */
  constructor(folder: string) {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'guard.ts'), folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Its own end says enough; see `ended`.
    this.#process.stdin?.on('error', () => undefined);
  }

  /** Settles when it has ended. */
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

  /** Lets it do what is left to do, and end. */
  async close(): Promise<void> {
    this.#process.stdin?.end();
    await this.ended;
  }
}
