/** Upper bounds of the latency histogram in `/metrics`, milliseconds; the rest goes above them. */
export const latencyBoundsMs = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
] as const;

/**
 * What this process counted of one member since it started, for `/metrics`. Plain numbers: they
 * are touched with every request and read only when someone scrapes.
 */
export class MemberStats {
  /** Answers by status class: index 1 for 1xx (an accepted upgrade) to 5 for 5xx. */
  readonly answers = [0, 0, 0, 0, 0, 0];
  /** Attempts that ended without an answer. */
  upstreamFaults = 0;
  /** Attempts that ended because the client went away. */
  clientAborts = 0;
  /** Answers per bound of {@link latencyBoundsMs}, not cumulated, and one more for all above. */
  readonly latency = Array.from<number>({ length: latencyBoundsMs.length + 1 }).fill(0);
  latencySumMs = 0;

  answered(status: number, durationMs: number): void {
    const statusClass = Math.trunc(status / 100);
    this.answers[statusClass] = (this.answers[statusClass] ?? 0) + 1;
    let index = 0;
    while (index < latencyBoundsMs.length && durationMs > (latencyBoundsMs[index] ?? 0)) index += 1;
    this.latency[index] = (this.latency[index] ?? 0) + 1;
    this.latencySumMs += durationMs;
  }
}
