import type { Clock } from '../socket/clock.ts';

/** Time limit of something that has come in part, such as a head: it does not start anew with each part. */
export class PartDeadline {
  /** Milliseconds of the clock; Infinity while nothing has come in part. */
  at = Infinity;
  readonly #clock: Clock;
  readonly #limitMs: number;
  #part = 0;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** @param part number of what has come in part; undefined: all has come whole. */
  update(part: number | undefined): void {
    if (part === undefined) {
      this.at = Infinity;
    } else if (this.at === Infinity || part !== this.#part) {
      this.#part = part;
      this.at = this.#clock.after(this.#limitMs);
    }
  }
}
