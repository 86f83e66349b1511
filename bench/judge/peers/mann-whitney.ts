/** Confidence interval and estimate of a difference of locations. */
export interface Shift {
  readonly lower: number;
  readonly estimate: number;
}

/** z of a two-sided confidence level of 98%. */
const z98 = 2.326347874;

/**
 * Lower end of the 98% confidence interval, and estimate (Hodges and Lehmann), of how much larger
 * `sample` is than `control`: the inversion of the Mann-Whitney U test in its normal approximation,
 * with the corrections for continuity and for ties (as R's wilcox.test). Undefined if all values are
 * tied.
 */
export function shiftOf(sample: readonly number[], control: readonly number[]): Shift | undefined {
  const low = Math.min(...sample) - Math.max(...control);
  const high = Math.max(...sample) - Math.min(...control);
  const zAt = (shift: number) => standardized(sample, control, shift);
  if (zAt(low) === undefined || zAt(high) === undefined) return undefined;
  const rootOf = (z: number) => {
    let [from, to] = [low, high];
    if ((zAt(from) ?? 0) <= z) return from;
    if ((zAt(to) ?? 0) >= z) return to;
    for (let step = 0; step < 50; step += 1) {
      const middle = (from + to) / 2;
      if ((zAt(middle) ?? 0) > z) from = middle;
      else to = middle;
    }
    return (from + to) / 2;
  };
  return { lower: rootOf(z98), estimate: rootOf(0) };
}

/** Standardized rank sum of the sample, moved down by `shift`. */
function standardized(
  sample: readonly number[],
  control: readonly number[],
  shift: number,
): number | undefined {
  const all = [
    ...sample.map((value) => ({ value: value - shift, isSample: true })),
    ...control.map((value) => ({ value, isSample: false })),
  ].sort((left, right) => left.value - right.value);
  const [m, n] = [sample.length, control.length];
  let [ranks, ties] = [0, 0];
  for (let first = 0; first < all.length;) {
    let end = first;
    while (end < all.length && all[end]?.value === all[first]?.value) end += 1;
    const count = end - first;
    const rank = (first + 1 + end) / 2;
    ranks += rank * all.slice(first, end).filter(({ isSample }) => isSample).length;
    ties += count ** 3 - count;
    first = end;
  }
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  if (variance <= 0) return undefined;
  const difference = ranks - (m * (m + 1)) / 2 - (m * n) / 2;
  return (difference - Math.sign(difference) / 2) / Math.sqrt(variance);
}
