import { readFile, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { PerchError } from '../../contract/perch-error.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { parseFileDocument } from './file-document.ts';
import { Listeners } from '../local/listeners.ts';
import { Periodic } from '../local/periodic.ts';
import type { ReleaseCondition, ReleaseSource } from './release-source.ts';
import { errorMessage } from '../../contract/error-message.ts';

export interface ReleaseFileOptions {
  readonly file: string;
  readonly logger: Logger;
  /** Interval of the checks for a change, milliseconds. Default 500. */
  readonly pollIntervalMs?: number;
}

/** Release document from a file, read again when the file changes. An invalid one is ignored. */
export class ReleaseFile implements ReleaseSource {
  readonly #options: ReleaseFileOptions;
  readonly #listeners: Listeners<ReleaseDocument>;
  #periodic: Periodic | undefined;
  #stamp = '';
  #current: ReleaseDocument | undefined;
  #condition: ReleaseCondition = 'waiting';

  constructor(options: ReleaseFileOptions) {
    this.#options = options;
    this.#listeners = new Listeners((error) =>
      options.logger.error({ err: error }, 'a listener failed'),
    );
  }

  get current(): ReleaseDocument | undefined {
    return this.#current;
  }

  get condition(): ReleaseCondition {
    return this.#condition;
  }

  onChange(listener: (document: ReleaseDocument) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** @throws PerchError `bad_input` or `document_invalid` if the first read fails. */
  async start(): Promise<void> {
    await this.#read();
    const { pollIntervalMs = 500 } = this.#options;
    this.#periodic = new Periodic(() => this.#reread(), pollIntervalMs);
  }

  async stop(): Promise<void> {
    await this.#periodic?.stop();
  }

  async #reread(): Promise<void> {
    const before = this.#condition;
    try {
      await this.#read();
      this.#condition = 'fresh';
    } catch (error) {
      this.#condition =
        error instanceof PerchError && error.code === 'bad_input' ? 'absent' : 'invalid';
      if (this.#condition === before) return;
      const reason = errorMessage(error);
      this.#options.logger.warn({ reason }, 'the document cannot be used; the last good one stays');
    }
  }

  async #read(): Promise<void> {
    const { file } = this.#options;
    const json = await this.#changedText(file).catch((cause: unknown) => {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
      throw new PerchError('bad_input', `document must be a readable file, got ${file} (${code})`, {
        cause,
      });
    });
    if (json === undefined) return;
    const document = parseFileDocument(json);
    this.#current = document;
    this.#condition = 'fresh';
    this.#listeners.notify(document);
  }

  /** Text of the file; undefined if the last good file has not changed. */
  async #changedText(file: string): Promise<string | undefined> {
    const { mtimeMs, size, ino } = await stat(file);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (stamp === this.#stamp && this.#condition === 'fresh') return undefined;
    const text = await readFile(file, 'utf8');
    this.#stamp = stamp;
    return text;
  }
}
