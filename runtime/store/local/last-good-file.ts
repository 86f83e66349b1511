import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { Logger } from 'pino';

/**
 * Keeps the last good value over restarts, so that a process can start without Redis. A reader
 * sees the old text or the new one, never a part (write, fsync, rename), and nobody else may read
 * it. Trouble with the disk is logged and costs nothing else.
 */
export class LastGoodFile {
  readonly #file: string;
  readonly #logger: Logger;
  #next: string | undefined;
  #writing: Promise<void> | undefined;

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** What was kept, or undefined. */
  async read(): Promise<string | undefined> {
    try {
      return await readFile(this.#file, 'utf8');
    } catch (error) {
      if (!isMissing(error)) {
        this.#logger.warn({ file: this.#file, err: error }, 'the last good file is not readable');
      }
      return undefined;
    }
  }

  /** Keeps `text`; of several given while one is written only the last matters. */
  keep(text: string): void {
    this.#next = text;
    this.#writing ??= this.#writeAll();
  }

  /** Settles when all that was given is on disk, or was logged as lost. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== undefined) {
      const text = this.#next;
      this.#next = undefined;
      try {
        await writeWhole(this.#file, text);
      } catch (error) {
        this.#logger.warn({ file: this.#file, err: error }, 'the last good file was not written');
      }
    }
    this.#writing = undefined;
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  // Not the process id: containers that share a folder have the same ones.
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await writeSynced(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
