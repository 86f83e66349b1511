import type { Logger } from 'pino';
import { z } from 'zod';
import { errorMessage } from '../../contract/error-message.ts';
import { FailureLog } from '../local/failure-log.ts';
import { LastGoodFile } from '../local/last-good-file.ts';
import { Listeners } from '../local/listeners.ts';
import { readStored } from '../redis/stored-values.ts';
import type { EdgeRecord, EdgeRecords } from './edge-records.ts';

export interface EdgeRecordWatchOptions {
  readonly store: Pick<EdgeRecords, 'version' | 'read' | 'put' | 'putBack' | 'sealAnew'>;
  /** File that retains the records, secrets included. Undefined: they are retained in memory only. */
  readonly file: string | undefined;
  readonly logger: Logger;
}

const fileSchema = z.object({
  records: z.array(
    z.object({
      name: z.string(),
      revision: z.number(),
      open: z.record(z.string(), z.unknown()),
      secret: z.string(),
    }),
  ),
});

/**
 * Records of the edge, by name. Those that were read once stay at hand, in a file too, so that a proxy
 * starts without Redis; those that Redis has lost are stored there again.
 */
export class EdgeRecordWatch {
  readonly #options: EdgeRecordWatchOptions;
  readonly #file: LastGoodFile | undefined;
  readonly #failures: FailureLog;
  readonly #unreadableLog: FailureLog;
  readonly #listeners: Listeners<ReadonlyMap<string, EdgeRecord>>;
  #records: ReadonlyMap<string, EdgeRecord> = new Map();
  #version: string | undefined;
  #outdated: readonly string[] = [];
  #unreadable: readonly string[] = [];

  constructor(options: EdgeRecordWatchOptions) {
    const { file, logger } = options;
    this.#options = options;
    this.#file = file === undefined ? undefined : new LastGoodFile(file, logger);
    this.#failures = new FailureLog(logger, 'the certificates were not read from Redis');
    this.#unreadableLog = new FailureLog(logger, 'no key opens some certificates in Redis');
    this.#listeners = new Listeners((error) => logger.error({ err: error }, 'a listener failed'));
  }

  get records(): ReadonlyMap<string, EdgeRecord> {
    return this.#records;
  }

  /** True if the last read of Redis succeeded. */
  get isFresh(): boolean {
    return this.#version !== undefined && this.#failures.reason === undefined;
  }

  /** Names of the records to seal anew, because the first key does not open them. */
  get outdated(): readonly string[] {
    return [...this.#outdated, ...this.#unreadable.filter((name) => this.#records.has(name))];
  }

  onChange(listener: (records: ReadonlyMap<string, EdgeRecord>) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Takes the records of an earlier process. */
  async restore(): Promise<void> {
    const text = await this.#file?.read();
    if (text === undefined) return;
    const stored = readStored(fileSchema, text);
    if (stored === undefined) {
      this.#options.logger.warn('the file of certificates is invalid and ignored');
      return;
    }
    this.#take(stored.records);
  }

  /** Reads Redis if something changed there, and stores again what it lost. Never throws. */
  async poll(): Promise<void> {
    try {
      const version = await this.#options.store.version();
      if (version === undefined || version !== this.#version) await this.#read();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  /** Stores a new record in Redis, and has it at hand at once. Redis gets it later if it fails now. */
  async put(record: Omit<EdgeRecord, 'revision'>): Promise<void> {
    const { store, logger } = this.#options;
    const last = this.#records.get(record.name)?.revision ?? 0;
    // Redis takes back only a revision that is newer than its own.
    this.#take([{ ...record, revision: last + 1 }]);
    try {
      this.#take([await store.put(record)]);
    } catch (error) {
      logger.warn({ record: record.name, reason: errorMessage(error) }, 'Redis gets it later');
      this.#version = undefined;
    }
  }

  /**
   * Seals a record in Redis anew with the first key. One that somebody changed meanwhile stays.
   * @returns whether Redis took it.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async sealAnew(name: string): Promise<boolean> {
    const record = this.#records.get(name);
    return record !== undefined && (await this.#options.store.sealAnew(record));
  }

  /** Settles when the last records are on disk, or their loss has been logged. */
  async settled(): Promise<void> {
    await this.#file?.settled();
  }

  async #read(): Promise<void> {
    const { store, logger } = this.#options;
    const { version, records, outdated, unreadable } = await store.read();
    this.#take(records);
    this.#outdated = outdated;
    this.#unreadable = unreadable;
    if (unreadable.length > 0) this.#unreadableLog.failed(unreadable.join(', '));
    else this.#unreadableLog.ended();
    const revisions = new Map(records.map(({ name, revision }) => [name, revision]));
    const lost = [...this.#records.values()].filter(
      ({ name, revision }) => !unreadable.includes(name) && revision > (revisions.get(name) ?? -1),
    );
    const stored = await store.putBack(lost);
    if (stored > 0)
      logger.warn({ records: stored }, 'Redis got back certificates that it had lost');
    // What was put back changed the version, and is read by the next poll.
    this.#version = version ?? 'empty';
  }

  /** Takes those that are newer than the known ones. */
  #take(records: readonly EdgeRecord[]): void {
    const newer = records.filter(
      ({ name, revision }) => revision > (this.#records.get(name)?.revision ?? -1),
    );
    if (newer.length === 0) return;
    this.#records = new Map([
      ...this.#records,
      ...newer.map((record) => [record.name, record] as const),
    ]);
    this.#file?.retain(`${JSON.stringify({ records: [...this.#records.values()] })}\n`);
    this.#listeners.notify(this.#records);
  }
}
