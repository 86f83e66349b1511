/** Failures in a row, of real requests, that eject a member. */
const failuresToEject = 5;
/** The n-th ejection in a row lasts n times this long. */
const ejectionMs = 30_000;
const longestEjectionMs = 300_000;

/**
 * What real requests tell of one member: five failures in a row take it out for 30 s, and for 30 s
 * longer each time that it fails again soon after its return, up to 5 minutes. "Soon" is within
 * the length of its last ejection. Times are milliseconds of one clock, any clock.
 */
export class OutlierEjection {
  #failures = 0;
  #ejections = 0;
  #lastMs = 0;
  #endsAt = Number.NEGATIVE_INFINITY;

  isEjected(now: number): boolean {
    return now < this.#endsAt;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Takes one failure; answers whether there are enough of them in a row to eject. */
  failed(now: number): boolean {
    // What was sent before the ejection and fails only now tells nothing new.
    if (this.isEjected(now)) return false;
    this.#failures += 1;
    return this.#failures >= failuresToEject;
  }

  /** Takes the member out; answers for how many milliseconds. */
  eject(now: number): number {
    if (now - this.#endsAt >= this.#lastMs) this.#ejections = 0;
    this.#ejections += 1;
    this.#failures = 0;
    this.#lastMs = Math.min(this.#ejections * ejectionMs, longestEjectionMs);
    this.#endsAt = now + this.#lastMs;
    return this.#lastMs;
  }
}
