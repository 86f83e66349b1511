/**
 * Weight of all beginnings after stratum `stratum` (1 for 0): R(t) = 1 / (1 + log2(1 + t)). The weight
 * of a beginning at stratum j is R(j-1) - R(j): 1/2 for the first, and then about
 * 1 / (j log2(j)^2), which falls more slowly than the usual 1 / (j (j + 1)).
 */
export function laterWeight(stratum: number): number {
  return 1 / (1 + Math.log2(1 + stratum));
}

/** ln of the mixture before the first stratum: the weight of a beginning there. */
export const firstLogMass = logWeightOf(1);

/**
 * ln of the mixture over the beginnings up to now: that of before, times the ratio of the stratum that
 * closes, plus the weight of a beginning at the next one.
 * @param strata - number of strata, the closed one included.
 */
export function nextLogMass(logMass: number, logRatio: number, strata: number): number {
  return logSum(logMass + logRatio, logWeightOf(strata + 1));
}

/** ln of the whole mixture: that up to now and all later beginnings, for which the ratio is 1 so far. */
export function withLater(logMass: number, strata: number): number {
  return logSum(logMass, Math.log(laterWeight(strata + 1)));
}

/** ln(exp(left) + exp(right)), without overflow. */
export function logSum(left: number, right: number): number {
  const largest = Math.max(left, right);
  return largest + Math.log1p(Math.exp(Math.min(left, right) - largest));
}

function logWeightOf(stratum: number): number {
  return Math.log(laterWeight(stratum - 1) - laterWeight(stratum));
}
