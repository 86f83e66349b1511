import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addStratum,
  logEValue,
  noEvidence,
  type Evidence,
} from '../../../runtime/core/analysis/evidence.ts';
import { logLikelihoodRatios, noRatios } from '../../../runtime/core/analysis/harm-test.ts';
import type { TrackSample } from '../../../runtime/core/analysis/track-sample.ts';

/** Requests of a stratum of which `bad` are bad. */
interface Totals {
  readonly canary: number;
  readonly stable: number;
  readonly bad: number;
}

interface Outcome {
  readonly probability: number;
  readonly sample: TrackSample;
}

/** C(n, k). */
function choose(n: number, k: number): number {
  let result = 1;
  for (let factor = 1; factor <= k; factor += 1) result *= (n - k + factor) / factor;
  return result;
}

/** All outcomes of a stratum, for a canary whose odds of a bad request are `odds` times stable's. */
function outcomesOf({ canary, stable, bad }: Totals, odds: number): Outcome[] {
  const first = Math.max(0, bad - stable);
  const last = Math.min(canary, bad);
  const weighted = Array.from({ length: last - first + 1 }, (_, index) => {
    const badCanary = first + index;
    const sample = { canary, stable, badCanary, badStable: bad - badCanary };
    const weight = choose(canary, badCanary) * choose(stable, bad - badCanary) * odds ** badCanary;
    return { weight, sample };
  });
  const all = weighted.reduce((sum, { weight }) => sum + weight, 0);
  return weighted.map(({ weight, sample }) => ({ probability: weight / all, sample }));
}

/** Expected e-value after all strata, by every path that leads there. */
function expectation(
  strata: readonly Totals[],
  { odds, tolerance }: { readonly odds: number; readonly tolerance: number },
  { isLastRunning }: { readonly isLastRunning: boolean },
): number {
  const from = (evidence: Evidence, [next, ...later]: readonly Totals[]): number => {
    if (next === undefined) return Math.exp(logEValue(evidence, noRatios));
    return outcomesOf(next, odds).reduce((sum, { probability, sample }) => {
      const ratios = logLikelihoodRatios(sample, tolerance);
      const isRunning = isLastRunning && later.length === 0;
      const value = isRunning
        ? Math.exp(logEValue(evidence, ratios))
        : from(addStratum(evidence, ratios), later);
      return sum + probability * value;
    }, 0);
  };
  return from(noEvidence, strata);
}

const totals: fc.Arbitrary<Totals> = fc
  .record({ canary: fc.integer({ min: 1, max: 6 }), stable: fc.integer({ min: 1, max: 12 }) })
  .chain(({ canary, stable }) =>
    fc.record({
      canary: fc.constant(canary),
      stable: fc.constant(stable),
      bad: fc.integer({ min: 1, max: canary + stable }),
    }),
  );
const worlds = fc.record({
  strata: fc.array(totals, { minLength: 1, maxLength: 4 }),
  tolerance: fc.constantFrom(1, 1.2, 2),
  isLastRunning: fc.boolean(),
});

test('the expected e-value of a canary that is worse by just the tolerance is 1, after any strata', () => {
  fc.assert(
    fc.property(worlds, ({ strata, tolerance, isLastRunning }) => {
      const edge = { odds: tolerance, tolerance };
      expect(expectation(strata, edge, { isLastRunning })).toBeCloseTo(1, 9);
    }),
  );
});

test('the expected e-value of a canary that is worse by less than the tolerance is at most 1', () => {
  const factor = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(worlds, factor, ({ strata, tolerance, isLastRunning }, part) => {
      const canary = { odds: part * tolerance, tolerance };
      expect(expectation(strata, canary, { isLastRunning })).toBeLessThanOrEqual(1 + 1e-9);
    }),
  );
});
