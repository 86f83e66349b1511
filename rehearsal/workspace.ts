import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  rehearsalFile,
  rehearsalFolderPrefix,
  type RunningRehearsal,
} from '../runtime/contract/running-rehearsal.ts';
import { GuardProcess } from './processes/guard-process.ts';
import { ProcessSupervisor } from './processes/process-supervisor.ts';

const binaries = join(import.meta.dirname, '../node_modules/.bin');
/** Shared by a dozen processes that load the same code, so that each starts in half the time. */
const compileCache = join(import.meta.dirname, '../node_modules/.cache/rehearsal');

/** Temporary folder of a rehearsal and the processes in it. Nothing of it remains afterwards. */
export class Workspace {
  readonly folder: string;
  readonly supervisor: ProcessSupervisor;
  readonly #guard: GuardProcess;

  private constructor(folder: string) {
    this.folder = folder;
    this.#guard = new GuardProcess(folder);
    this.supervisor = new ProcessSupervisor({
      logFolder: this.logFolder,
      env: {
        ...ownEnvironment(),
        PATH: searchPath(),
        TMPDIR: folder,
        NODE_COMPILE_CACHE: compileCache,
      },
      guard: this.#guard,
    });
  }

  static async open(): Promise<Workspace> {
    const folder = await mkdtemp(join(tmpdir(), rehearsalFolderPrefix));
    await mkdir(join(folder, 'logs'));
    return new Workspace(folder);
  }

  get logFolder(): string {
    return join(this.folder, 'logs');
  }

  /** Lets `perch --rehearsal` find the rehearsal. */
  async publish(given: Pick<RunningRehearsal, 'service' | 'redisUrl'>): Promise<void> {
    const running: RunningRehearsal = { pid: process.pid, startedAtMs: Date.now(), ...given };
    await writeFile(join(this.folder, rehearsalFile), JSON.stringify(running), { mode: 0o600 });
  }

  /**
   * Copies the logs to a folder that survives {@link close}.
   * @returns the path of that folder.
   */
  async keepLogs(): Promise<string> {
    const copy = await mkdtemp(join(tmpdir(), 'perch-rehearsal-logs-'));
    await cp(this.logFolder, copy, { recursive: true });
    return copy;
  }

  /** Ends every process, then removes the folder. */
  async close(): Promise<void> {
    await this.supervisor.stopAll();
    await this.#guard.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** PATH as npm sets it for scripts, so that main.ts can also be run directly. */
export function searchPath(): string {
  return [binaries, process.env['PATH'] ?? ''].join(delimiter);
}

/** Environment without this shell's settings for another Perch, AWS or npm. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(PERCH_|AWS_|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
