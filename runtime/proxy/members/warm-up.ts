export interface WarmUpOptions {
  readonly durationMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/**
 * Warm-up of one member: a time from its first request on, in which it may be slow because it
 * still compiles, connects and fills its caches. That is no harm of its version.
 */
export class WarmUp {
  readonly #options: WarmUpOptions;
  #endsAt: number | undefined;
  #isOver = false;

  constructor(options: WarmUpOptions) {
    this.#options = options;
  }

  /**
   * Takes the start of a request; the first one begins the warm-up.
   * @returns true during the warm-up.
   */
  startRequest(): boolean {
    if (this.#isOver) return false;
    const { now, durationMs } = this.#options;
    const at = now();
    this.#endsAt ??= at + durationMs;
    this.#isOver = at >= this.#endsAt;
    return !this.#isOver;
  }

  /** Lets the next request begin a new warm-up, as that of a container that was restarted. */
  restart(): void {
    this.#endsAt = undefined;
    this.#isOver = false;
  }
}
