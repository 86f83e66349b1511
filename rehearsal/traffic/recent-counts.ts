import type { Answer } from './send-request.ts';
import { RequestCounts } from './request-counts.ts';

/** Counts of the last seconds, in windows. */
export class RecentCounts {
  readonly #windowMs: number;
  readonly #now: () => number;
  #since: number;
  #current = new RequestCounts();
  #previous = { counts: new RequestCounts(), durationMs: 0 };

  /** @param windowMs length of one window, milliseconds. Default: 2,000. */
  constructor(windowMs = 2_000, now: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#now = now;
    this.#since = now();
  }

  add(answer: Answer): void {
    this.#advance();
    this.#current.add(answer);
  }

  /** Counts of the last complete window, or of the first one while it lasts. */
  get counts(): RequestCounts {
    this.#advance();
    return this.#previous.durationMs === 0 ? this.#current : this.#previous.counts;
  }

  /** Requests per second over the same time. */
  get ratePerSecond(): number {
    const { counts } = this;
    const durationMs = this.#previous.durationMs || this.#now() - this.#since;
    return durationMs === 0 ? 0 : (counts.total * 1_000) / durationMs;
  }

  #advance(): void {
    const durationMs = this.#now() - this.#since;
    if (durationMs < this.#windowMs) return;
    this.#previous = { counts: this.#current, durationMs };
    this.#current = new RequestCounts();
    this.#since = this.#now();
  }
}
