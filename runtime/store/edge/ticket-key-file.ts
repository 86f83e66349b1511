import { randomUUID } from 'node:crypto';
import { link, rm, readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../local/last-good-file.ts';
import { readStored } from '../redis/stored-values.ts';
import { ticketKeysSchema, type TicketKey } from './ticket-key.ts';
import type { TicketKeySource } from './ticket-key-store.ts';

const fileSchema = z.object({ keys: ticketKeysSchema });

/**
 * Ticket keys that the workers of one proxy share by a file, which only its owner may read. It also
 * holds the last keys of Redis for a start without it. If two rotate at the same time, the later
 * one's key stays; both read it before it is used.
 */
export class TicketKeyFile implements TicketKeySource {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async update(
    change: (stored: readonly TicketKey[]) => readonly TicketKey[],
  ): Promise<readonly TicketKey[]> {
    const stored = await this.#read();
    const next = change(stored ?? []);
    if (next === stored) return stored;
    const text = `${JSON.stringify({ keys: next })}\n`;
    if (stored === undefined) await this.#create(text);
    else await writeWhole(this.#path, text);
    return (await this.#read()) ?? next;
  }

  /** @returns undefined if there is no file. */
  async #read(): Promise<readonly TicketKey[] | undefined> {
    try {
      return readStored(fileSchema, await readFile(this.#path, 'utf8'))?.keys ?? [];
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Creates the file, unless another process is faster. */
  async #create(text: string): Promise<void> {
    const draft = `${this.#path}.${randomUUID()}.tmp`;
    try {
      await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
      await link(draft, this.#path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      await rm(draft, { force: true });
    }
  }
}
