import type { Logger } from 'pino';
import type { Lease } from '../../store/judge/lease.ts';
import { errorMessage } from '../../contract/error-message.ts';

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
  #failure: string | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /**
   * True while this process is the leader. Also right after the process was suspended for longer than
   * its lease, because it compares times by itself.
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
      this.#failure = undefined;
    } catch (error) {
      const reason = errorMessage(error);
      if (reason !== this.#failure) logger.error({ err: error }, 'the leader failed to judge');
      this.#failure = reason;
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
        'this monitor could not release its lease, which will expire',
      );
    }
  }

  #change(epoch: number | undefined): void {
    const { begin, logger } = this.#options;
    if (epoch === undefined && this.#epoch !== undefined) logger.info('lost leadership');
    if (epoch !== undefined) logger.info({ epoch }, 'gained leadership');
    this.#epoch = epoch;
    this.#term = epoch === undefined ? undefined : begin(epoch);
  }
}
