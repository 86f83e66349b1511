const tickMs = 100;

/** Something that may take too long. */
export interface Timed {
  /** Milliseconds of the {@link Clock}; infinity while nothing is waited for. */
  readonly deadline: number;
  /** Called about once in every tick after the deadline until it lies in the future again. */
  expired(): void;
}

/**
 * One coarse clock for all time limits: a limit costs one addition to set and nothing to lift, and
 * ten times a second all are looked through. A limit ends up to two ticks late, never early.
 */
export class Clock {
  /** Milliseconds; advances by ticks. */
  now = performance.now();
  readonly #timed = new Set<Timed>();
  #timer: NodeJS.Timeout | undefined;

  /** The deadline of something that may take `durationMs` from now. */
  after(durationMs: number): number {
    return this.now + durationMs + tickMs;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    if (this.#timer !== undefined) return;
    this.now = performance.now();
    this.#timer = setInterval(() => this.#tick(), tickMs);
    // What is timed are sockets, and they keep the process alive themselves.
    this.#timer.unref();
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
  }

  #tick(): void {
    this.now = performance.now();
    for (const timed of this.#timed) {
      if (timed.deadline <= this.now) timed.expired();
    }
    if (this.#timed.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
