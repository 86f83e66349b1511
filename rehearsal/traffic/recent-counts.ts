import type { Answer } from './send-request.ts';
import { RequestCounts } from './request-counts.ts';

/** The last seconds alone, window by window. */
export class RecentCounts {
  readonly #windowMs: number;
  readonly #now: () => number;
  #since: number;
  #current = new RequestCounts();
  #previous = { counts: new RequestCounts(), durationMs: 0 };

  /** @param windowMs - how long one window lasts; default 2,000. */
  constructor(windowMs = 2_000, now: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#now = now;
    this.#since = now();
  }

  add(answer: Answer): void {
    this.#turn();
    this.#current.add(answer);
  }

  /** The last whole window; before there is one, what there is. */
  get counts(): RequestCounts {
    this.#turn();
    return this.#previous.durationMs === 0 ? this.#current : this.#previous.counts;
  }

  /** Requests a second, over the same time. */
  get ratePerSecond(): number {
    const { counts } = this;
    const durationMs = this.#previous.durationMs || this.#now() - this.#since;
    return durationMs === 0 ? 0 : (counts.total * 1_000) / durationMs;
  }

  #turn(): void {
    const durationMs = this.#now() - this.#since;
    if (durationMs < this.#windowMs) return;
    this.#previous = { counts: this.#current, durationMs };
    this.#current = new RequestCounts();
    this.#since = this.#now();
  }
}
