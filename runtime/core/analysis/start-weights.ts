/**
 * Weight of all beginnings after stratum `stratum` (1 for 0): R(t) = 1 / (1 + log2(1 + t)). The weight
 * of a beginning at stratum j is R(j-1) - R(j): 1/2 for the first, and then about
 * 1 / (j log2(j)^2), which falls more slowly than the usual 1 / (j (j + 1)).
 */
export function laterWeight(stratum: number): number {
  return 1 / (1 + Math.log2(1 + stratum));
}

/** ln(exp(left) + exp(right)), without overflow. */
export function logSum(left: number, right: number): number {
  const largest = Math.max(left, right);
  return largest + Math.log1p(Math.exp(Math.min(left, right) - largest));
}
