const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** A worker that lived this long has nothing to do with the trouble of the one before. */
const steadyMs = 60_000;

/** How long to wait before a worker that died is replaced: at once the first time, then longer and longer. */
export class RestartBackoff {
  #deaths = 0;

  /** @param livedMs how long the worker that just died had lived. */
  delayMs(livedMs: number): number {
    this.#deaths = livedMs >= steadyMs ? 1 : this.#deaths + 1;
    return this.#deaths === 1
      ? 0
      : Math.min(firstDelayMs * 2 ** (this.#deaths - 2), longestDelayMs);
  }
}
