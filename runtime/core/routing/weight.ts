/**
 * A weight is the canary's share of traffic in percent, 0 to 100, with two decimals at most.
 * Arithmetic is done on hundredths, whole numbers, so that 33.33 is exact.
 */
export const fullShare = 10_000;

/** A weight in hundredths of a percent, 0 to 10,000. */
export function hundredths(weight: number): number {
  return Math.round(weight * 100);
}

/** Why `value` is no weight, or undefined when it is one. */
export function weightProblem(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value > 100) {
    return `must be from 0 to 100, got ${value}`;
  }
  if (hundredths(value) / 100 !== value) {
    return `must have two decimals at most, got ${value}`;
  }
  return undefined;
}
