import { spawn, type ChildProcess } from 'node:child_process';
import { descendantsOf } from '../../../support/processes/processes.ts';
import { until } from '../../../support/until.ts';

export interface CommandResult {
  readonly ok: boolean;
  /** Everything that it printed. */
  readonly output: string;
}

/** A program that runs, until it ends or a test cuts it off. */
export class RunningCommand {
  readonly finished: Promise<CommandResult>;
  readonly #child: ChildProcess;
  #output = '';
  #hasEnded = false;

  constructor(
    program: string,
    args: readonly string[],
    options: { cwd: string; env: NodeJS.ProcessEnv },
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
    this.#child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#child.on('error', reject);
    this.#child.on('close', (code) => {
      this.#hasEnded = true;
      resolve({ ok: code === 0, output: this.#output });
    });
    this.finished = promise;
  }

  /** Everything that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it has printed `pattern`; fails with all that it printed if it ends before. */
  async printed(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.#output) || this.#hasEnded, { what: `output ${pattern}` });
    if (!pattern.test(this.#output)) throw new Error(`it ended, and printed:\n${this.#output}`);
  }

  /** Undefined: it runs, or a signal ended it. */
  get exitCode(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** Sends it a signal, and nothing to what it started. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Kills it and all that it started at once, as when a machine loses power. */
  async cutOff(): Promise<CommandResult> {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('it was never started');
    // Plugins have process groups of their own, so the group is not enough.
    for (const process of [pid, ...descendantsOf(pid)]) kill(process);
    return await this.finished;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
