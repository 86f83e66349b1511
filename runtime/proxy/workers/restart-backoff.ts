const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** A worker that lived this long resets the backoff, milliseconds. */
const steadyMs = 60_000;

/**
 * Delay before a dead worker is replaced: none the first time, then doubling from 200 ms to 10 s.
 */
export class RestartBackoff {
  #deaths = 0;

  /** @param livedMs lifetime of the worker that has just died, milliseconds. */
  delayMs(livedMs: number): number {
    this.#deaths = livedMs >= steadyMs ? 1 : this.#deaths + 1;
    return this.#deaths === 1
      ? 0
      : Math.min(firstDelayMs * 2 ** (this.#deaths - 2), longestDelayMs);
  }
}
