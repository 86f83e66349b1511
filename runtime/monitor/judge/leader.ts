import type { Logger } from 'pino';
import type { Lease } from '../../store/judge/lease.ts';
import { FailureLog } from '../../store/local/failure-log.ts';

/** Work of a leader for one term. */
export interface Term {
  /** @throws PerchError; `fenced` ends the term. */
  runCycle(): Promise<void>;
}

export interface LeaderOptions {
  readonly lease: Pick<Lease, 'hold' | 'release'>;
  readonly leaseTtlMs: number;
  /** Begins a term with the fencing epoch. */
  readonly begin: (epoch: number) => Term;
  /** Milliseconds of a monotonic clock. */
  readonly monotonicMs: () => number;
  readonly logger: Logger;
}

/** Stands for election and, while elected, runs the leader's cycle. Never throws. */
export class Leader {
  readonly #options: LeaderOptions;
  #epoch: number | undefined;
  #term: Term | undefined;
  #heldAt = 0;
  readonly #failures: FailureLog;

  constructor(options: LeaderOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'this monitor cannot hold the lease or judge', {
      level: 'error',
    });
  }

  /**
   * True while this process is the leader. It is false at once when the process resumes after it was
   * suspended for longer than its lease.
   */
  get leads(): boolean {
    const { leaseTtlMs, monotonicMs } = this.#options;
    return this.#epoch !== undefined && monotonicMs() - this.#heldAt < leaseTtlMs;
  }

  /** True if this process held the lease when Redis last answered. */
  get ledLast(): boolean {
    return this.#epoch !== undefined;
  }

  async tick(): Promise<void> {
    const { lease, monotonicMs } = this.#options;
    try {
      const askedAt = monotonicMs();
      const epoch = await lease.hold();
      this.#heldAt = askedAt;
      if (epoch !== this.#epoch) this.#change(epoch);
      await this.#term?.runCycle();
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  /** Gives the lease up, so that another monitor need not wait until it expires. */
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
