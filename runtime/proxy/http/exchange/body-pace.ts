import type { Clock } from '../socket/clock.ts';
import type { Limits } from '../contract/limits.ts';

/**
 * Pace that a request's body has to keep. Each byte extends the deadline by its time at the lowest
 * rate, but never beyond the time limit from now. So neither silence nor a trickle holds a
 * connection, whatever came before.
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

  /** Milliseconds of the clock. Runs from the first time it is asked for, or asked for after `stop`. */
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

  /** Stops the clock, because the exchange does not wait for the client. */
  stop(): void {
    this.#isRunning = false;
  }
}
