/**
 * Upper bounds of the latency histogram in `/metrics`, milliseconds, without the last, infinite
 * one.
 */
export const latencyBoundsMs = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
] as const;

/** Latency histogram of answers for `/metrics`. Adding is cheap, because every request adds. */
export class LatencyCounts {
  /** Answers per bound, not cumulative; the last element counts those above all bounds. */
  readonly counts = Array.from<number>({ length: latencyBoundsMs.length + 1 }).fill(0);
  sumMs = 0;

  add(durationMs: number): void {
    let index = 0;
    while (durationMs > (latencyBoundsMs[index] ?? Number.POSITIVE_INFINITY)) index += 1;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sumMs += durationMs;
  }
}
