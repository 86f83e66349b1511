import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { Child, type Exit } from './child.ts';
import type { GuardProcess } from './guard-process.ts';

export interface Program {
  /** Unique among those that run; names its log file. */
  readonly name: string;
  readonly command: string;
  /** No secrets: everyone on the machine can read them. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessSupervisorOptions {
  /** Log files go here. */
  readonly logFolder: string;
  /** Of every process; what a program brings comes on top. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly guard: GuardProcess;
}

const mostLastLines = 50;

/** Starts processes, notices when one ends unasked, and ends them all. */
export class ProcessSupervisor {
  readonly #options: ProcessSupervisorOptions;
  readonly #children = new Set<Child>();
  readonly #crash = Promise.withResolvers<never>();
  #stopping = false;

  constructor(options: ProcessSupervisorOptions) {
    this.#options = options;
    // Whoever races against it hears of it; nobody has to.
    this.#crash.promise.catch(() => undefined);
    void options.guard.ended.then(() => this.#reportCrash('the guard ended'));
  }

  /** Rejects with a PerchError `process_failed` when a process ends unasked. Never resolves. */
  get crashed(): Promise<never> {
    return this.#crash.promise;
  }

  /**
   * Starts a process that is to run until it is stopped.
   * @param options.mayEnd - its end is nobody's crash. Default false.
   * @throws PerchError `process_failed` when it cannot be started.
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
   * @throws PerchError `process_failed` with what it said, when it fails.
   */
  async run(program: Program): Promise<string> {
    const { child, output } = await this.#spawn(program, 'output');
    const [{ code }, stdout] = await Promise.all([child.exited, output]);
    if (code === 0) return stdout;
    const said = lastWords(child.logFile);
    throw new PerchError(
      'process_failed',
      `${program.name} failed: ${said || `exit code ${code}`}`,
    );
  }

  /** Ends all, each in order. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#children].map((child) => child.stop()));
  }

  /** Ends all at once, without notice. */
  async killAll(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  async #spawn(
    { name, command, args, env }: Program,
    stdoutTo: 'log' | 'output',
  ): Promise<{ child: Child; output: Promise<string> }> {
    if (this.#stopping) throw new PerchError('process_failed', `${name} was not started any more`);
    const logFile = join(this.#options.logFolder, `${name}.log`);
    const log = openSync(logFile, 'a', 0o600);
    const process = spawn(command, args, {
      detached: true,
      env: { ...this.#options.env, ...env },
      stdio: ['ignore', stdoutTo === 'log' ? log : 'pipe', log],
    });
    closeSync(log);
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

  #reportCrash(what: string): void {
    if (!this.#stopping) this.#crash.reject(new PerchError('process_failed', what));
  }
}

function endingOf(child: Child, { code, signal }: Exit): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const said = lastWords(child.logFile);
  return `${child.name} ended unasked, ${how}${said === '' ? '' : `: ${said}`}`;
}

/**
 * What a process said last that tells why it ended, in one line: of a stack trace, the error.
 * Nothing when the log is gone: the guard removes the folder together with the processes.
 */
function lastWords(logFile: string): string {
  if (!existsSync(logFile)) return '';
  const log = stripVTControlCharacters(readFileSync(logFile, 'utf8'));
  const lines = log.trim().split('\n').slice(-mostLastLines);
  return lines.findLast((line) => /^\w*Error\b.*:/.test(line)) ?? lines.at(-1) ?? '';
}
