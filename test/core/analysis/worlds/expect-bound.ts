import { expect } from 'vitest';
import { simulate } from '../simulation.ts';
import type { Cell } from './cell.ts';

/** Simulates a cell and asserts its bounds. */
export function expectBound({ world, bound, seed, runs = 1_000, until = 'harmful' }: Cell): void {
  const result = simulate(world, { runs, seed, until });
  const ejected = result.harmful + result.early;
  if (bound.harmfulAtMost !== undefined) expect(ejected).toBeLessThanOrEqual(bound.harmfulAtMost);
  if (bound.harmfulAtLeast !== undefined) {
    expect(result.harmful).toBeGreaterThanOrEqual(bound.harmfulAtLeast);
  }
  if (bound.safeAtMost !== undefined) expect(result.safe).toBeLessThanOrEqual(bound.safeAtMost);
  if (bound.medianRequestsAtMost !== undefined) {
    expect(result.medianRequests).toBeLessThanOrEqual(bound.medianRequestsAtMost);
  }
  if (bound.medianSecondsAtMost !== undefined) {
    expect(result.medianSeconds).toBeLessThanOrEqual(bound.medianSecondsAtMost);
  }
}
