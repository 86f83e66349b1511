import type { Logger } from 'pino';
import type { Lease } from '../../store/judge/lease.ts';
import { errorMessage } from '../../contract/error-message.ts';

/** One leader's work, as long as its term lasts. */
export interface Term {
  /** Throws PerchError: `fenced` ends the term. */
  runCycle(): Promise<void>;
}

export interface LeaderOptions {
  readonly lease: Pick<Lease, 'hold' | 'release'>;
  readonly leaseTtlMs: number;
  /** Begins a term with a fencing epoch. */
  readonly begin: (epoch: number) => Term;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly logger: Logger;
}

/** Stands for election every second, and does the leader's work while elected. Never throws. */
export class Leader {
  readonly #options: LeaderOptions;
  #epoch: number | undefined;
  #term: Term | undefined;
  #heldAt = 0;
  #trouble = '';

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /**
   * Whether this process may act for all right now: also when it was stopped and continued, for
   * then the time of its lease is over.
   */
  get leads(): boolean {
    const { leaseTtlMs, monotonicMs } = this.#options;
    return this.#epoch !== undefined && monotonicMs() - this.#heldAt < leaseTtlMs;
  }

  async tick(): Promise<void> {
    const { lease, monotonicMs, logger } = this.#options;
    try {
      const askedAt = monotonicMs();
      const epoch = await lease.hold();
      this.#heldAt = askedAt;
      if (epoch !== this.#epoch) this.#change(epoch);
      await this.#term?.runCycle();
      this.#trouble = '';
    } catch (error) {
      const reason = errorMessage(error);
      if (reason !== this.#trouble) logger.error({ err: error }, 'cannot judge');
      this.#trouble = reason;
    }
  }

  /** Gives the lease up, so that another monitor need not wait for its end. */
  async resign(): Promise<void> {
    this.#change(undefined);
    try {
      await this.#options.lease.release();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the lease stays until it expires');
    }
  }

  #change(epoch: number | undefined): void {
    const { begin, logger } = this.#options;
    if (epoch === undefined && this.#epoch !== undefined) logger.info('judges no more');
    if (epoch !== undefined) logger.info({ epoch }, 'judges');
    this.#epoch = epoch;
    this.#term = epoch === undefined ? undefined : begin(epoch);
  }
}
