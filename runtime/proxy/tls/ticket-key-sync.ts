import type { Logger } from 'pino';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import { rotatedTicketKeys, type TicketKey } from '../../store/edge/ticket-key.ts';
import type { TicketKeySource } from '../../store/edge/ticket-key-store.ts';
import type { TicketKeys } from './ticket-keys.ts';

export interface TicketKeySyncOptions {
  readonly keys: TicketKeys;
  /** Sources in the order in which they are tried: the first one that answers counts. */
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
  #known: readonly TicketKey[] = [];
  #periodic: Periodic | undefined;

  constructor(options: TicketKeySyncOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'the keys of session tickets were not read');
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
    for (const source of sources) {
      try {
        // A source that lost its keys gets the known ones back.
        const read = await source.update((stored) =>
          rotatedTicketKeys(stored.length === 0 ? this.#known : stored, now()),
        );
        this.#failures.ended();
        return read;
      } catch (error) {
        this.#failures.failed(error);
      }
    }
    return undefined;
  }
}
