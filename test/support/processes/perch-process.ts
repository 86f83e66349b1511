import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bareEnvironment } from './bare-environment.ts';
import { until } from '../until.ts';

const perch = join(import.meta.dirname, '../../../runtime/bin/perch.ts');

/** `perch` command that runs as a real process. */
export class PerchProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = '';

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [perch, ...args], {
      env: { ...bareEnvironment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => void (this.#output += chunk.toString());
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  /** Output of both streams. */
  get output(): string {
    return this.#output;
  }

  /** Origin that it listens on, from its log. */
  origin(): Promise<string> {
    return until(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`ended early: ${this.#output}`);
        return /"origin":"([^"]+)"/.exec(this.#output)?.[1];
      },
      { what: 'the process to listen' },
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Settles with the exit code once it has ended and all its output is read. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'close');
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }
}
