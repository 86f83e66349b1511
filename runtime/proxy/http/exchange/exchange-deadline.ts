import type { Clock } from '../socket/clock.ts';
import type { Limits } from '../contract/limits.ts';
import { BodyPace } from './body-pace.ts';

/**
 * Party that an exchange waits for: an upstream that is being connected to, a client that has to
 * take its response, a client that has to send its request's body, or an upstream that has to
 * answer.
 */
export type WaitingFor = 'connection' | 'reader' | 'body' | 'response';

/** Time limit of an exchange, which depends on the party that it waits for. */
export class ExchangeDeadline {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #pace: BodyPace;
  #at = Infinity;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#pace = new BodyPace(clock, limits);
  }

  /** Milliseconds of the engine's clock. */
  get at(): number {
    return this.#at;
  }

  /** Gives a party its time from now on; a body has to keep its pace. */
  restart(waitingFor: WaitingFor): void {
    if (waitingFor === 'body') {
      this.#at = this.#pace.deadline;
      return;
    }
    const { originTimeoutMs, connectTimeoutMs, clientStallTimeoutMs } = this.#limits;
    let durationMs = originTimeoutMs;
    if (waitingFor === 'connection') durationMs = connectTimeoutMs;
    else if (waitingFor === 'reader') durationMs = clientStallTimeoutMs;
    this.#pace.stop();
    this.#at = this.#clock.after(durationMs);
  }

  tookBody(bytes: number): void {
    this.#pace.took(bytes);
  }
}
