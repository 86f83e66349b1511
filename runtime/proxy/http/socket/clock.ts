import { DenseList, type Place } from './dense-list.ts';

const tickMs = 100;

/** Something with a time limit. */
export interface Timed {
  /** Milliseconds of the {@link Clock}; infinity for no limit. */
  readonly deadline: number;
  /** Place in the clock's list. */
  readonly inClock: Place;
  /** Called about once per tick from the deadline on, until the deadline is in the future again. */
  expired(): void;
}

/**
 * Coarse clock for all time limits. To set a limit costs one addition and to lift it costs nothing,
 * because ten times a second all limits are checked. A limit ends up to two ticks late, never early.
 */
export class Clock {
  /** Milliseconds; advances by ticks while anything is timed. */
  now = performance.now();
  readonly #timed = new DenseList<Timed>(({ inClock }) => inClock);
  #timer: NodeJS.Timeout | undefined;

  /** Deadline of something that may take `durationMs` from now. */
  after(durationMs: number): number {
    // Without anything timed the clock stands.
    if (this.#timer === undefined) this.now = performance.now();
    return this.now + durationMs + tickMs;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    if (this.#timer !== undefined) return;
    this.now = performance.now();
    this.#timer = setInterval(() => this.#tick(), tickMs);
    // The timed things are sockets, which keep the process alive themselves.
    this.#timer.unref();
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
  }

  #tick(): void {
    this.now = performance.now();
    this.#timed.forEach((timed) => {
      if (timed.deadline <= this.now) timed.expired();
    });
    if (this.#timed.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
