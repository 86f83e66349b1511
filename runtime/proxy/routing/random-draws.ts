import { randomFillSync } from 'node:crypto';

/** Draws that are made in advance: one at a time would cost a microsecond each. */
const poolSize = 1_024;
const range = 2 ** 32;

/**
 * Numbers from 0 up to 1 that nobody can predict. `Math.random` can be predicted from what it has
 * decided, and a client that knows which of its requests the canary gets can aim its worst ones.
 */
export class RandomDraws {
  readonly #pool = new Uint32Array(poolSize);
  #used = poolSize;

  next(): number {
    if (this.#used === poolSize) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const draw = this.#pool[this.#used] ?? 0;
    this.#used += 1;
    return draw / range;
  }
}
