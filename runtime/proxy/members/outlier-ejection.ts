/** Consecutive failures that eject a member. */
const failuresToEject = 5;
/** Length of the first ejection, milliseconds; the n-th in a row lasts n times as long. */
const ejectionMs = 30_000;
const longestEjectionMs = 300_000;

/**
 * Ejection of one member by failures of real requests (Envoy's outlier detection): five failures in
 * a row eject it for 30 s, and for 30 s longer each time that it fails again soon after its return,
 * up to 5 minutes. "Soon" means within the length of its last ejection. A failure is a request that
 * the member did not answer, or answered with 5xx while others answer it well; the caller tells. An
 * answer of 5xx ejects only if another member has answered well since the first failure of the row:
 * when an outage of all members begins, chance may give one of them the first requests.
 * Times are milliseconds of any one clock.
 */
export class OutlierEjection {
  #failures = 0;
  /** Time of the first failure of the row. */
  #failingSince = 0;
  #ejections = 0;
  #lastMs = 0;
  #endsAt = Number.NEGATIVE_INFINITY;

  isEjected(now: number): boolean {
    return now < this.#endsAt;
  }

  /** Ends an ejection before its time. */
  end(now: number): void {
    this.#endsAt = Math.min(this.#endsAt, now);
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /**
   * Takes one failure.
   * @param goodElsewhereAt time at which another member answered such a request well last. Default:
   * any, for a request without an answer.
   * @returns true if enough of them came in a row to eject the member.
   */
  failed(now: number, goodElsewhereAt = Number.POSITIVE_INFINITY): boolean {
    // Requests sent before the ejection that fail only now are no new evidence.
    if (this.isEjected(now)) return false;
    if (this.#failures === 0) this.#failingSince = now;
    this.#failures += 1;
    return this.#failures >= failuresToEject && goodElsewhereAt > this.#failingSince;
  }

  /**
   * Ejects the member.
   * @returns the ejection's length, milliseconds.
   */
  eject(now: number): number {
    if (now - this.#endsAt >= this.#lastMs) this.#ejections = 0;
    this.#ejections += 1;
    this.#failures = 0;
    this.#lastMs = Math.min(this.#ejections * ejectionMs, longestEjectionMs);
    this.#endsAt = now + this.#lastMs;
    return this.#lastMs;
  }
}
