import type { Logger } from 'pino';
import type { TrafficStore } from '../../store/judge/traffic-store.ts';
import { Periodic } from '../../store/local/periodic.ts';
import type { TrafficCounter } from './traffic-counter.ts';

export interface TrafficFlushOptions {
  readonly counter: TrafficCounter;
  readonly store: Pick<TrafficStore, 'add'>;
  /** Who adds; unique per process, for batches are numbered per process. */
  readonly writer: string;
  readonly logger: Logger;
  /** Default 1,000. */
  readonly intervalMs?: number;
}

/**
 * Adds what was counted to Redis every second, each request exactly once: a flush whose answer did
 * not come may have been applied or not, so the same numbered batch is sent until one is answered,
 * and the store applies each number once.
 */
export class TrafficFlush {
  readonly #options: TrafficFlushOptions;
  readonly #periodic: Periodic;
  #failing = false;

  constructor(options: TrafficFlushOptions) {
    this.#options = options;
    this.#periodic = new Periodic(() => this.#flush(), options.intervalMs ?? 1_000);
  }

  /** Ends after one last attempt. */
  async stop(): Promise<void> {
    await this.#periodic.stop();
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
      if (this.#failing) logger.info('traffic counts reach Redis again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) logger.warn({ err: error }, 'traffic counts are kept for later');
      this.#failing = true;
    }
  }
}
