import type { Logger } from 'pino';

const recentMs = 60_000;

/** Memory of faults of this machine: it had no descriptor, port or memory left for a connection. */
export class Exhaustion {
  readonly #logger: Logger;
  readonly #now: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds of a clock that never goes back. Default `performance.now`. */
  constructor(logger: Logger, now = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** True if there was such a fault in the last minute. */
  get isRecent(): boolean {
    return this.#now() - this.#lastMs < recentMs;
  }

  /** Notes such a fault; logs the first one of a minute. */
  note(): void {
    if (!this.isRecent) {
      this.#logger.error('no descriptor, port or memory is left for connections to members');
    }
    this.#lastMs = this.#now();
  }
}
