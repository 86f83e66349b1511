import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until.ts';

const main = join(import.meta.dirname, '../../../rehearsal/main.ts');

/** Shell that runs the following words as its child. */
const shell = ['/bin/sh', '-c', '"$@" & wait', 'sh'];

export interface RehearsalProcessOptions {
  /** Environment variables added to the test's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** True if a shell starts it; signals and pid are then the shell's. Default: false. */
  readonly throughShell?: boolean;
}

export interface RehearsalReport {
  readonly scenario: string;
  readonly ok: boolean;
  readonly requests: { total: number; failed: number; stable: number; canary: number };
  readonly checks: { name: string; ok: boolean; expected: unknown; actual: unknown }[];
  readonly timeline: { atMs: number; event: string }[];
}

/** `npm start` as a real process, with its own temporary folder. */
export class RehearsalProcess implements AsyncDisposable {
  readonly exited: Promise<number | NodeJS.Signals>;
  output = '';
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    const keep = (text: string) => void (this.output += text);
    child.stdout?.setEncoding('utf8').on('data', keep);
    child.stderr?.setEncoding('utf8').on('data', keep);
    const exit = Promise.withResolvers<number | NodeJS.Signals>();
    this.exited = exit.promise;
    child.once('close', (code, signal) => exit.resolve(signal ?? code ?? -1));
  }

  static async start(
    args: readonly string[],
    { env = {}, throughShell = false }: RehearsalProcessOptions = {},
  ): Promise<RehearsalProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-e2e-'));
    const report = ['--report', join(folder, 'report.json')];
    const command = [process.execPath, main, ...args, ...report];
    const [program = '', ...rest] = throughShell ? [...shell, ...command] : command;
    const child = spawn(program, rest, {
      env: { ...process.env, TMPDIR: folder, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new RehearsalProcess(child, folder);
  }

  /** Folder for temporary files in which it runs. */
  get temporaryFolder(): string {
    return this.#folder;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the rehearsal does not run');
    return this.#child.pid;
  }

  async report(): Promise<RehearsalReport> {
    return JSON.parse(await readFile(join(this.#folder, 'report.json'), 'utf8')) as RehearsalReport;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async untilPrinted(pattern: RegExp): Promise<void> {
    await until(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`it ended:\n${this.output}`);
        return pattern.test(this.output);
      },
      { what: `output ${pattern}` },
    );
  }

  /** Ids and command lines of its processes, without itself. */
  async processes(): Promise<{ pid: number; command: string }[]> {
    const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== this.pid);
    const all = await Promise.all(pids.map((pid) => traceOf(pid)));
    return all
      .filter(({ traces }) => traces.some((text) => text.includes(this.#folder)))
      .map(({ pid, command }) => ({ pid, command }));
  }

  /** Files that remain in its temporary folder, without the report. */
  async remainingFiles(): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => name !== 'report.json');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGTERM');
    await this.exited;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Environment, command line and working directory of a process, which show whether it belongs to a
 * rehearsal (redis-server overwrites its environment with its title). Empty for a process that has
 * ended or belongs to another user.
 */
async function traceOf(pid: number) {
  const text = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const workingDirectory = readlink(`/proc/${pid}/cwd`).catch(() => '');
  const [environment, command, folder] = await Promise.all([
    text('environ'),
    text('cmdline'),
    workingDirectory,
  ]);
  return { pid, traces: [environment, command, folder], command: command.replaceAll('\0', ' ') };
}
