import type { Logger } from 'pino';
import type { Lease } from '../../store/judge/lease.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

/** One leader's work, as long as its term lasts. */
export interface Term {
  /** Throws PerchError: `fenced` ends the term. */
  look(): Promise<void>;
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
  readonly #failures: FailureLog;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'the leader cannot judge');
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
    const { lease, monotonicMs } = this.#options;
    try {
      const askedAt = monotonicMs();
      const epoch = await lease.hold();
      this.#heldAt = askedAt;
      if (epoch !== this.#epoch) this.#change(epoch);
      await this.#term?.look();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  /** Gives the lease up, so that another monitor need not wait for its end. */
  async resign(): Promise<void> {
    this.#change(undefined);
    try {
      await this.#options.lease.release();
    } catch (error) {
      this.#options.logger.warn(
        { err: error },
        'Redis did not release the lease: it expires by itself',
      );
    }
  }

  #change(epoch: number | undefined): void {
    const { begin, logger } = this.#options;
    if (epoch === undefined && this.#epoch !== undefined)
      logger.info('this monitor lost leadership');
    if (epoch !== undefined) logger.info({ epoch }, 'this monitor became the leader');
    this.#epoch = epoch;
    this.#term = epoch === undefined ? undefined : begin(epoch);
  }
}
