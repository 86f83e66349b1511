/**
 * All of the traffic in hundredths of a percent. A weight is the canary's share in percent, 0 to 100,
 * with at most two decimals. Arithmetic uses hundredths, whole numbers, so that 33.33 is exact.
 */
export const fullShare = 10_000;

/** Returns a weight in hundredths of a percent, 0 to 10,000. */
export function hundredths(weight: number): number {
  return Math.round(weight * 100);
}

/** Reason why `value` is not a weight; undefined if it is one. */
export function weightProblem(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value > 100) {
    return `must be from 0 to 100, got ${value}`;
  }
  if (hundredths(value) / 100 !== value) {
    return `must have two decimals at most, got ${value}`;
  }
  return undefined;
}
