import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import { rotatedTicketKeys, type TicketKey } from '../../store/edge/ticket-key.ts';
import type { TicketKeySource } from '../../store/edge/ticket-key-store.ts';
import type { TicketKeys } from './ticket-keys.ts';

export interface TicketKeySyncOptions {
  readonly keys: TicketKeys;
  /**
   * Sources in the order in which they are tried: the first one that answers counts, and those after it
   * get its keys, so that a proxy that starts without it resumes the sessions of before.
   */
  readonly sources: readonly TicketKeySource[];
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds; less than the time in which a new key settles. Default 10,000. */
  readonly intervalMs?: number;
}

/** Keeps the ticket keys of a proxy those of its sources, and rotates them in time. */
export class TicketKeySync {
  readonly #options: TicketKeySyncOptions;
  readonly #failures: FailureLog;
  readonly #writeFailures: FailureLog;
  #known: readonly TicketKey[] = [];
  #periodic: Periodic | undefined;

  constructor(options: TicketKeySyncOptions) {
    this.#options = options;
    const { logger } = options;
    this.#failures = new FailureLog(logger, 'the keys of session tickets were not read');
    this.#writeFailures = new FailureLog(logger, 'the keys of session tickets were not kept');
  }

  async start(): Promise<void> {
    await this.sync();
    const { intervalMs = 10_000 } = this.#options;
    this.#periodic = new Periodic(() => this.sync(), intervalMs);
  }

  async stop(): Promise<void> {
    await this.#periodic?.stop();
  }

  /** Reads the keys once. Without any source the proxy has keys of its own. Never throws. */
  async sync(): Promise<void> {
    const { keys, now } = this.#options;
    this.#known = (await this.#fromSources()) ?? rotatedTicketKeys(this.#known, now());
    keys.learn(this.#known);
  }

  async #fromSources(): Promise<readonly TicketKey[] | undefined> {
    const { sources, now } = this.#options;
    for (const [index, source] of sources.entries()) {
      try {
        // A source that lost its keys gets the known ones back.
        const read = await source.update((stored) =>
          rotatedTicketKeys(stored.length === 0 ? this.#known : stored, now()),
        );
        this.#failures.ended();
        await this.#keep(read, sources.slice(index + 1));
        return read;
      } catch (error) {
        this.#failures.failed(error);
      }
    }
    return undefined;
  }

  /** Gives the keys to sources that have others. */
  async #keep(keys: readonly TicketKey[], sources: readonly TicketKeySource[]): Promise<void> {
    try {
      for (const source of sources) {
        await source.update((stored) => (isDeepStrictEqual(stored, keys) ? stored : keys));
      }
      this.#writeFailures.ended();
    } catch (error) {
      this.#writeFailures.failed(error);
    }
  }
}
