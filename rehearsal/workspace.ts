import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { GuardProcess } from './processes/guard-process.ts';
import { ProcessSupervisor } from './processes/process-supervisor.ts';

const binaries = join(import.meta.dirname, '../node_modules/.bin');
/** A dozen processes load the same code; compiled once, each starts in half the time. */
const compileCache = join(import.meta.dirname, '../node_modules/.cache/rehearsal');

/** Where a rehearsal happens: a temporary folder and the processes in it. Nothing of it stays. */
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
    const folder = await mkdtemp(join(tmpdir(), 'perch-rehearsal-'));
    await mkdir(join(folder, 'logs'));
    return new Workspace(folder);
  }

  get logFolder(): string {
    return join(this.folder, 'logs');
  }

  /**
   * Saves the logs from {@link close}.
   * @returns where they are.
   */
  async keepLogs(): Promise<string> {
    const kept = await mkdtemp(join(tmpdir(), 'perch-rehearsal-logs-'));
    await cp(this.logFolder, kept, { recursive: true });
    return kept;
  }

  /** Ends every process, then removes the folder. */
  async close(): Promise<void> {
    await this.supervisor.stopAll();
    await this.#guard.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** PATH as npm gives it to scripts, also when main.ts is run by hand. */
export function searchPath(): string {
  return [binaries, process.env['PATH'] ?? ''].join(delimiter);
}

/** What this shell says of some other Perch, of AWS or of npm is not for the rehearsal's processes. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(PERCH_|AWS_|npm_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
