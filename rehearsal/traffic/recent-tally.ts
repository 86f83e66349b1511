import type { Answer } from './exchange.ts';
import { Tally } from './tally.ts';

/** The last seconds alone, window by window. */
export class RecentTally {
  readonly #windowMs: number;
  readonly #now: () => number;
  #since: number;
  #current = new Tally();
  #previous = { tally: new Tally(), durationMs: 0 };

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
  get tally(): Tally {
    this.#turn();
    return this.#previous.durationMs === 0 ? this.#current : this.#previous.tally;
  }

  /** Requests a second, over the same time. */
  get ratePerSecond(): number {
    const { tally } = this;
    const durationMs = this.#previous.durationMs || this.#now() - this.#since;
    return durationMs === 0 ? 0 : (tally.total * 1_000) / durationMs;
  }

  #turn(): void {
    const durationMs = this.#now() - this.#since;
    if (durationMs < this.#windowMs) return;
    this.#previous = { tally: this.#current, durationMs };
    this.#current = new Tally();
    this.#since = this.#now();
  }
}
