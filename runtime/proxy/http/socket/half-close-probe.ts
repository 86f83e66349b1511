/**
 * Milliseconds from the client's end to each probe. Most responses come before the first. The
 * second finds the refusal that the first one causes, within 100 ms if a round trip takes less than
 * 50 ms. The others find it over longer round trips, and a client that leaves later.
 */
const probesAfterMs = [25, 75, 200, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

/**
 * Schedule of probes that tell whether a client that has sent its last byte still waits for its
 * response (RFC 9112 section 9.6) or is gone: TCP shows no difference. A TCP keep-alive probe does
 * not help, because a closed socket acknowledges it. Only data makes a closed socket refuse, and
 * only a write after the refusal reports it. So each probe sends a byte that the client would get
 * anyway.
 */
export class HalfCloseProbe {
  readonly #probe: () => void;
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(probe: () => void) {
    this.#probe = probe;
  }

  /** Starts over with the probes for a response that is awaited from now on. */
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
