/**
 * Bins of a latency histogram that adds up: several proxies can add their counts to the same Redis
 * hash, and any two buckets can be summed without loss.
 *
 * Bins are logarithmic: bin b covers (base x growth^(b-1), base x growth^b] milliseconds, and bin 0
 * everything up to `base`. A quantile from it is within 5% of the true one, as in DDSketch (Masson,
 * Rim and Lee 2019, arXiv 1908.10693) with a relative accuracy of 0.05 / 2.
 */
const baseMs = 0.1;
const growth = 1.05;
const logGrowth = Math.log(growth);
const slowestMs = 600_000;

/** The last bin, which also holds everything slower than 10 minutes. */
export const lastLatencyBin = Math.ceil(Math.log(slowestMs / baseMs) / logGrowth);

const ends = Float64Array.from({ length: lastLatencyBin + 1 }, (_, bin) => baseMs * growth ** bin);

/** Bin of a duration. NaN falls into the last bin, because a defect must not look fast. */
export function latencyBin(durationMs: number): number {
  if (durationMs <= baseMs) return 0;
  if (!(durationMs <= slowestMs)) return lastLatencyBin;
  const bin = Math.ceil(Math.log(durationMs / baseMs) / logGrowth);
  // The logarithm is inexact where bins meet, so the ends of the bins decide.
  if (durationMs > binUpperMs(bin)) return bin + 1;
  return durationMs <= binUpperMs(bin - 1) ? bin - 1 : bin;
}

/** Longest duration in `bin` (0 to {@link lastLatencyBin}), milliseconds. */
export function binUpperMs(bin: number): number {
  return ends[bin] ?? Number.POSITIVE_INFINITY;
}

/** The `q` quantile (0 to 1), milliseconds; undefined if nothing was counted. */
export function quantileMs(bins: ReadonlyMap<number, number>, q: number): number | undefined {
  const total = [...bins.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(q * total));
  let counted = 0;
  for (const [bin, count] of [...bins].sort(([a], [b]) => a - b)) {
    counted += count;
    if (counted >= rank) return binUpperMs(bin);
  }
  return undefined;
}
