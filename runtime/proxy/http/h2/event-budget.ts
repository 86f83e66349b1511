/** Number of times that something may happen at once, and per second in the long run. */
export class EventBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** @param nowMs any clock in milliseconds. */
  constructor(burst: number, perSecond: number, nowMs: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#at = nowMs;
  }

  /** Takes one. @returns false if none is left. */
  take(nowMs: number): boolean {
    const earned = ((nowMs - this.#at) / 1_000) * this.#perSecond;
    this.#at = nowMs;
    this.#left = Math.min(this.#burst, this.#left + earned) - 1;
    return this.#left >= 0;
  }
}
