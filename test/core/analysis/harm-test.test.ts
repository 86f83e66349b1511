import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  logLikelihoodRatios,
  logSafetyRatio,
  oddsRatios,
} from '../../../runtime/core/analysis/harm-test.ts';
import type { TrackSample } from '../../../runtime/core/analysis/track-sample.ts';

/** C(n, k) exactly. */
function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let factor = 1; factor <= k; factor += 1) {
    result = (result * BigInt(n - k + factor)) / BigInt(factor);
  }
  return result;
}

const scale = 10n ** 40n;

/** The formula in whole numbers: odds ratios are halves, so everything is scaled by powers of 2. */
function directLogRatio(
  { canary, stable, badCanary, badStable }: TrackSample,
  ratio: number,
): number {
  const bad = badCanary + badStable;
  const twice = BigInt(2 * ratio);
  let none = 0n;
  let all = 0n;
  for (let k = Math.max(0, bad - stable); k <= Math.min(canary, bad); k += 1) {
    const term = choose(canary, k) * choose(stable, bad - k);
    none += term * 2n ** BigInt(bad);
    all += term * twice ** BigInt(k) * 2n ** BigInt(bad - k);
  }
  return badCanary * Math.log(ratio) - logOf(all, none);
}

function logOf(numerator: bigint, denominator: bigint): number {
  const quotient = (numerator * scale) / denominator;
  const digits = quotient.toString();
  return Math.log(Number(`0.${digits}`)) + (digits.length - 40) * Math.LN10;
}

const logFactorials = new Float64Array(100_001);
for (let n = 1; n < logFactorials.length; n += 1) {
  logFactorials[n] = (logFactorials[n - 1] ?? 0) + Math.log(n);
}

/** The formula in logarithms of factorials: for any size, but to six digits only. */
function logRatioByFactorials(bucket: TrackSample, ratio: number): number {
  const { canary, stable, badCanary, badStable } = bucket;
  const bad = badCanary + badStable;
  const factorial = (n: number) => logFactorials[n] ?? Number.NaN;
  const choose = (n: number, k: number) => factorial(n) - factorial(k) - factorial(n - k);
  const terms: number[] = [];
  for (let k = Math.max(0, bad - stable); k <= Math.min(canary, bad); k += 1) {
    terms.push(choose(canary, k) + choose(stable, bad - k));
  }
  const first = Math.max(0, bad - stable);
  const logSum = (w: number) => {
    const logs = terms.map((term, index) => term + (first + index) * Math.log(w));
    const largest = logs.reduce((a, b) => Math.max(a, b));
    return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
  };
  return badCanary * Math.log(ratio) - logSum(ratio) + logSum(1);
}

function samples(most: number): fc.Arbitrary<TrackSample> {
  return fc
    .record({ canary: fc.nat({ max: most }), stable: fc.nat({ max: most }) })
    .chain(({ canary, stable }) =>
      fc.record({
        canary: fc.constant(canary),
        stable: fc.constant(stable),
        badCanary: fc.nat({ max: canary }),
        badStable: fc.nat({ max: stable }),
      }),
    );
}

test('the likelihood ratio is that of the formula, to 1e-9', () => {
  fc.assert(
    fc.property(samples(120), (bucket) => {
      for (const [index, value] of logLikelihoodRatios(bucket, 1).entries()) {
        const direct = directLogRatio(bucket, oddsRatios[index] ?? 1);
        expect(Math.abs(value - direct)).toBeLessThan(1e-9);
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  { canary: 50_000, stable: 50_000, badCanary: 40, badStable: 30 },
  { canary: 1_000, stable: 49_000, badCanary: 60, badStable: 200 },
  { canary: 300, stable: 700, badCanary: 280, badStable: 300 },
])('the likelihood ratio of a large bucket is that of the formula: %o', (bucket) => {
  for (const [index, value] of logLikelihoodRatios(bucket, 1).entries()) {
    expect(Math.abs(value - directLogRatio(bucket, oddsRatios[index] ?? 1))).toBeLessThan(1e-9);
  }
});

test.each([
  { canary: 50_000, stable: 50_000, badCanary: 30_000, badStable: 30_000 },
  { canary: 50_000, stable: 50_000, badCanary: 25_000, badStable: 5_000 },
  { canary: 1_000, stable: 99_000, badCanary: 900, badStable: 80_000 },
])('the likelihood ratio is right where single terms underflow: %o', (bucket) => {
  const values = logLikelihoodRatios(bucket, 1);
  for (const [index, ratio] of oddsRatios.entries()) {
    expect(values[index]).toBeCloseTo(logRatioByFactorials(bucket, ratio), 4);
  }
});

test('the expected likelihood ratio of a healthy canary is 1, for any totals', () => {
  fc.assert(
    fc.property(samples(60), ({ canary, stable, badCanary, badStable }) => {
      const bad = badCanary + badStable;
      const all = Number(choose(canary + stable, bad));
      const expected = oddsRatios.map(() => 0);
      for (let k = Math.max(0, bad - stable); k <= Math.min(canary, bad); k += 1) {
        const probability = Number(choose(canary, k) * choose(stable, bad - k)) / all;
        const bucket = { canary, stable, badCanary: k, badStable: bad - k };
        for (const [index, value] of logLikelihoodRatios(bucket, 1).entries()) {
          expected[index] = (expected[index] ?? 0) + probability * Math.exp(value);
        }
      }
      for (const mean of expected) expect(mean).toBeCloseTo(1, 6);
    }),
    { numRuns: 100 },
  );
});

test('the expected ratio is at most 1 for every canary within the tolerance', () => {
  const tolerances = fc.constantFrom(1, 1.2, 2);
  const odds = fc.double({ min: 0.1, max: 1, noNaN: true });
  fc.assert(
    fc.property(samples(40), tolerances, odds, (sample, tolerance, share) => {
      const { canary, stable } = sample;
      const bad = sample.badCanary + sample.badStable;
      const trueOdds = share * tolerance;
      const first = Math.max(0, bad - stable);
      const weights: number[] = [];
      for (let k = first; k <= Math.min(canary, bad); k += 1) {
        weights.push(Number(choose(canary, k) * choose(stable, bad - k)) * trueOdds ** k);
      }
      const all = weights.reduce((sum, weight) => sum + weight, 0);
      const expected = oddsRatios.map(() => 0);
      for (const [index, weight] of weights.entries()) {
        const k = first + index;
        const counted = { canary, stable, badCanary: k, badStable: bad - k };
        for (const [ratio, value] of logLikelihoodRatios(counted, tolerance).entries()) {
          expected[ratio] = (expected[ratio] ?? 0) + (weight / all) * Math.exp(value);
        }
      }
      for (const mean of expected) expect(mean).toBeLessThanOrEqual(1 + 1e-6);
    }),
    { numRuns: 200 },
  );
});

test('the safety ratio is the harm ratio the other way round', () => {
  fc.assert(
    fc.property(samples(60), (sample) => {
      const [first = Number.NaN] = logLikelihoodRatios(sample, 1);
      expect(logSafetyRatio(sample, oddsRatios[0])).toBeCloseTo(-first, 9);
    }),
  );
});

test.each([
  ['nobody failed', { canary: 100, stable: 900, badCanary: 0, badStable: 0 }],
  ['everybody failed', { canary: 100, stable: 900, badCanary: 100, badStable: 900 }],
  ['no canary request', { canary: 0, stable: 900, badCanary: 0, badStable: 30 }],
  ['no stable request', { canary: 100, stable: 0, badCanary: 30, badStable: 0 }],
])('a bucket in which %s is no evidence', (_what, bucket) => {
  for (const value of logLikelihoodRatios(bucket, 1)) expect(Math.abs(value)).toBeLessThan(1e-9);
});

test('more canary failures of the same total are never less evidence', () => {
  fc.assert(
    fc.property(samples(60), ({ canary, stable, badCanary, badStable }) => {
      fc.pre(badStable > 0 && badCanary < canary);
      const fewer = logLikelihoodRatios({ canary, stable, badCanary, badStable }, 1.2);
      const more = logLikelihoodRatios(
        { canary, stable, badCanary: badCanary + 1, badStable: badStable - 1 },
        1.2,
      );
      for (const [index, value] of more.entries()) {
        expect(value).toBeGreaterThan((fewer[index] ?? Number.NaN) - 1e-9);
      }
    }),
  );
});
