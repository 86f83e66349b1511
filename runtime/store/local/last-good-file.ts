import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { Logger } from 'pino';

/**
 * Retains the last good value across restarts, so that a process can start without Redis. A reader
 * sees the old text or the new one, never a part (write, fsync, rename); only the owner may read
 * it. Failures of the disk are logged and have no other effect.
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

  /** Reads the retained text; undefined if there is none. */
  async read(): Promise<string | undefined> {
    try {
      return await readFile(this.#file, 'utf8');
    } catch (error) {
      if (!isMissing(error)) {
        this.#logger.warn({ file: this.#file, err: error }, 'the last good file cannot be read');
      }
      return undefined;
    }
  }

  /** Retains `text`. Of several texts passed during a write, only the last one is written. */
  retain(text: string): void {
    this.#next = text;
    this.#writing ??= this.#writeAll();
  }

  /** Settles when the last text is on disk, or its loss has been logged. */
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

/** Replaces a file by `text`, whole or not at all; only its owner may read it. */
export async function writeWhole(file: string, text: string): Promise<void> {
  // A random name, because containers that share a folder may have equal process ids.
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
