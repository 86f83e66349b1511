import type { Logger } from 'pino';
import type { TrafficStore } from '../../store/judge/traffic-store.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { TrafficCounter } from './traffic-counter.ts';

export interface TrafficFlushOptions {
  readonly counter: Pick<TrafficCounter, 'batches' | 'clients' | 'delivered'>;
  readonly store: Pick<TrafficStore, 'add'>;
  /** Unique per process, because batches are numbered per process. */
  readonly writer: string;
  readonly logger: Logger;
  /** Milliseconds. Default 1,000. */
  readonly intervalMs?: number;
}

/**
 * Adds the counts to Redis every second, each request exactly once. A flush without a reply may or
 * may not have been applied, so the same numbered batch is sent until Redis replies, and the store
 * applies each number once.
 */
export class TrafficFlush {
  readonly #options: TrafficFlushOptions;
  readonly #periodic: Periodic;
  readonly #failures: FailureLog;

  constructor(options: TrafficFlushOptions) {
    this.#options = options;
    this.#failures = new FailureLog(
      options.logger,
      'Redis refused the traffic counts; they are retained',
    );
    this.#periodic = new Periodic(() => this.#flush(), options.intervalMs ?? 1_000);
  }

  /** True if Redis did not take the last counts. */
  get refused(): boolean {
    return this.#failures.reason !== undefined;
  }

  /** Ends the loop after one last attempt. */
  async stop(): Promise<void> {
    await this.#periodic.stop();
    this.#options.counter.clients.end();
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const { counter, store, writer, logger } = this.#options;
    try {
      for (const batch of counter.batches()) {
        const { bucketStartMs, sequence, strata } = batch;
        await store.add(bucketStartMs, strata, { writer, sequence });
        counter.delivered(batch);
      }
      if (this.refused) logger.info('Redis takes traffic counts again');
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }
}
