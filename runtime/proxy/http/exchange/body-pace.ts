import type { Clock } from '../socket/clock.ts';
import type { Limits } from '../contract/limits.ts';

/**
 * Until when a request's body may go on as slowly as it comes. Each byte buys time at the least
 * rate, but never more than the time limit from now: so neither silence nor a drop now and then
 * holds a connection, whatever came before.
 */
export class BodyPace {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #limits: Limits;
  #isRunning = false;
  #deadline = 0;

  constructor(clock: Pick<Clock, 'after'>, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** By the clock. Begins to run when asked for the first time. */
  get deadline(): number {
    if (!this.#isRunning) this.#deadline = this.#clock.after(this.#limits.bodyTimeoutMs);
    this.#isRunning = true;
    return this.#deadline;
  }

  took(bytes: number): void {
    const { bodyTimeoutMs, bodyBytesPerSecond } = this.#limits;
    const bought = this.#deadline + (bytes * 1_000) / bodyBytesPerSecond;
    this.#deadline = Math.min(this.#clock.after(bodyTimeoutMs), bought);
  }

  /** It is not the client who is waited for. */
  stop(): void {
    this.#isRunning = false;
  }
}
