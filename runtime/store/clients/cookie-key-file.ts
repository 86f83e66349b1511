import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { LastGoodFile } from '../local/last-good-file.ts';
import { readStored } from '../redis/stored-values.ts';
import { retainedKeySchema, type RetainedKey } from './cookie-key.ts';

const fileSchema = z.object({ keys: z.array(retainedKeySchema) });

/**
 * Retains the keys of the affinity cookies across restarts, so that a proxy can start without Redis.
 * Only the owner may read the file. Failures of the disk are logged and have no other effect.
 */
export class CookieKeyFile {
  readonly #path: string;
  readonly #file: LastGoodFile;
  readonly #logger: Logger;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#file = new LastGoodFile(path, logger);
    this.#logger = logger;
  }

  /** Reads the retained keys, newest first; none if there is no valid file. */
  async read(): Promise<readonly RetainedKey[]> {
    const text = await this.#file.read();
    if (text === undefined) return [];
    const stored = readStored(fileSchema, text);
    if (stored !== undefined) return stored.keys;
    this.#logger.warn({ file: this.#path }, 'the file of cookie keys is invalid and ignored');
    return [];
  }

  retain(keys: readonly RetainedKey[]): void {
    this.#file.retain(textOf(keys));
  }

  /** Creates the file with one key, unless another process is faster. */
  async create(key: RetainedKey): Promise<void> {
    const draft = `${this.#path}.${randomUUID()}.tmp`;
    try {
      await writeFile(draft, textOf([key]), { mode: 0o600, flag: 'wx' });
      await link(draft, this.#path);
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!exists) {
        this.#logger.warn({ file: this.#path, err: error }, 'the cookie key was not written');
      }
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Settles when the last keys are on disk, or their loss has been logged. */
  async settled(): Promise<void> {
    await this.#file.settled();
  }
}

function textOf(keys: readonly RetainedKey[]): string {
  return `${JSON.stringify({ keys })}\n`;
}
