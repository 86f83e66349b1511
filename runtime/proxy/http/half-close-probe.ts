/**
 * Most answers come before the first. The second finds what the first stirred up, the third does
 * so over long ways.
 */
const probesAfterMs = [1_000, 1_050, 2_000];

/**
 * A client that has sent its last byte may still wait for its answer, or be gone: the two look the
 * same until something is sent, for only a client that is gone refuses it (one that cuts off its
 * connection is noticed at once). Each probe is the
 * smallest thing that may be sent at the time and changes nothing for a client that still waits.
 */
export class HalfCloseProbe {
  readonly #probe: () => void;
  #timers: NodeJS.Timeout[] = [];

  constructor(probe: () => void) {
    this.#probe = probe;
  }

  start(): void {
    this.#timers = probesAfterMs.map((afterMs) => setTimeout(this.#probe, afterMs));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
