import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { plainErrorLine } from '../../runtime/contract/error-line.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { Child, type Exit } from './child.ts';
import type { GuardProcess } from './guard-process.ts';

export interface Program {
  /** Unique among running programs; names the log file. */
  readonly name: string;
  readonly command: string;
  /** Must contain no secret, because everyone on the machine can read it. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Text on its standard input. Default: none. */
  readonly input?: string | undefined;
}

export interface ProcessSupervisorOptions {
  /** Folder of the log files. */
  readonly logFolder: string;
  /** Environment of every process; a program's own variables are added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly guard: GuardProcess;
}

const mostLastLines = 50;

/** Starts processes, detects when one ends unexpectedly, and ends them all. */
export class ProcessSupervisor {
  readonly #options: ProcessSupervisorOptions;
  readonly #children = new Set<Child>();
  readonly #crash = Promise.withResolvers<never>();
  #stopping = false;

  constructor(options: ProcessSupervisorOptions) {
    this.#options = options;
    // A caller may race against the promise, but need not.
    this.#crash.promise.catch(() => undefined);
    void options.guard.ended.then(() => this.#reportCrash('the guard ended'));
  }

  /** Rejects with a PerchError `process_failed` if a process ends unexpectedly. Never resolves. */
  get crashed(): Promise<never> {
    return this.#crash.promise;
  }

  /**
   * Starts a process that runs until it is stopped.
   * @param options.mayEnd true if its end is no crash. Default: false.
   * @throws PerchError `process_failed` if it cannot be started.
   */
  async start(program: Program, { mayEnd = false } = {}): Promise<Child> {
    const { child } = await this.#spawn(program, 'log');
    void child.exited.then((exit) => {
      if (!child.stopping && !mayEnd) this.#reportCrash(endingOf(child, exit));
    });
    return child;
  }

  /**
   * Runs a command to its end.
   * @returns its standard output.
   * @throws PerchError `process_failed` with its last error line.
   */
  async run(program: Program): Promise<string> {
    const { child, output } = await this.#spawn(program, 'output');
    const [{ code }, stdout] = await Promise.all([child.exited, output]);
    if (code === 0) return stdout;
    const error = plainErrorLine(lastErrorLine(child.logFile));
    throw new PerchError(
      'process_failed',
      `${program.name} failed: ${error || `exit code ${code}`}`,
    );
  }

  /** Stops all processes. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#children].map((child) => child.stop()));
  }

  /** Kills all processes. */
  async killAll(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  async #spawn(
    { name, command, args, env, input }: Program,
    stdoutTo: 'log' | 'output',
  ): Promise<{ child: Child; output: Promise<string> }> {
    if (this.#stopping)
      throw new PerchError(
        'process_failed',
        `${name} was not started, because the rehearsal is ending`,
      );
    const logFile = join(this.#options.logFolder, `${name}.log`);
    const log = openSync(logFile, 'a', 0o600);
    const process = spawn(command, args, {
      detached: true,
      env: { ...this.#options.env, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', stdoutTo === 'log' ? log : 'pipe', log],
    });
    closeSync(log);
    // It may end without having read it; its exit code tells.
    process.stdin?.on('error', () => undefined).end(input);
    const { pid, stdout } = process;
    if (pid === undefined) {
      const [cause] = await once(process, 'error');
      throw new PerchError('process_failed', `${name} could not be started: ${String(cause)}`, {
        cause,
      });
    }
    this.#options.guard.watch(pid);
    const child = new Child(name, process, pid, logFile);
    this.#children.add(child);
    void child.exited.then(() => {
      this.#children.delete(child);
      this.#options.guard.forget(pid);
    });
    return { child, output: stdout === null ? Promise.resolve('') : text(stdout) };
  }

  #reportCrash(message: string): void {
    if (!this.#stopping) this.#crash.reject(new PerchError('process_failed', message));
  }
}

function endingOf(child: Child, { code, signal }: Exit): string {
  const ending = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const error = lastErrorLine(child.logFile);
  return `${child.name} ended unexpectedly, ${ending}${error === '' ? '' : `: ${error}`}`;
}

/**
 * Returns the last line of a log that explains the end of its process: the error of a stack trace,
 * else the last line. Empty if the log is gone, because the guard removes the folder, too.
 */
function lastErrorLine(logFile: string): string {
  if (!existsSync(logFile)) return '';
  const log = stripVTControlCharacters(readFileSync(logFile, 'utf8'));
  const lines = log.trim().split('\n').slice(-mostLastLines);
  return lines.findLast((line) => /^\w*Error\b.*:/.test(line)) ?? lines.at(-1) ?? '';
}
