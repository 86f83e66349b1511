/** Probes in a row that it takes to believe a change. */
const fall = 2;
const rise = 2;

/**
 * What active checks know of one member. A member starts out healthy: it was activated because it
 * answered, and a proxy that has just started must not refuse what the others serve.
 */
export class ActiveHealth {
  #healthy = true;
  #contradictions = 0;

  get healthy(): boolean {
    return this.#healthy;
  }

  /** Whether the last probe spoke against the present state, which more probes are to settle. */
  get inDoubt(): boolean {
    return this.#contradictions > 0;
  }

  /** Takes one probe's result; answers whether the member's health changed with it. */
  probed(passed: boolean): boolean {
    if (passed === this.#healthy) {
      this.#contradictions = 0;
      return false;
    }
    this.#contradictions += 1;
    if (this.#contradictions < (passed ? rise : fall)) return false;
    this.#healthy = passed;
    this.#contradictions = 0;
    return true;
  }
}
