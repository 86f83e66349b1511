/**
 * After the client's end, milliseconds. Most answers come before the first. The second finds what
 * the first stirred up, within 100 ms where the way there and back takes less than 50; the others
 * find it over long ways, and a client that leaves only later.
 */
const probesAfterMs = [25, 75, 200, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

/**
 * A client that has sent its last byte may still wait for its answer (RFC 9112 section 9.6), or be
 * gone: TCP says the same of both. A keep-alive probe tells them no better, for a closed socket
 * acknowledges it; only data makes it refuse, and only a write after the refusal tells us so. So
 * each probe sends a byte that the client would get anyway.
 */
export class HalfCloseProbe {
  readonly #probe: () => void;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(probe: () => void) {
    this.#probe = probe;
  }

  /** Probes an answer that is waited for from now on. */
  start(): void {
    this.stop();
    this.#sent = 0;
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const afterMs = probesAfterMs[this.#sent];
    if (afterMs === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#sent += 1;
        this.#schedule();
        this.#probe();
      },
      afterMs - (probesAfterMs[this.#sent - 1] ?? 0),
    );
  }
}
