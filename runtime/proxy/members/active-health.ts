/** Consecutive probes that change a member's health. */
const fall = 2;
const rise = 2;

/**
 * Health of one member by active probes. A member starts healthy: it was activated because it
 * answered, and a proxy that has just started must not refuse requests that other proxies serve.
 */
export class ActiveHealth {
  #healthy = true;
  #contradictions = 0;

  get healthy(): boolean {
    return this.#healthy;
  }

  /** True if the last probe contradicted the present health, which more probes must settle. */
  get inDoubt(): boolean {
    return this.#contradictions > 0;
  }

  /**
   * Takes one probe's result.
   * @returns true if the member's health changed with it.
   */
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
