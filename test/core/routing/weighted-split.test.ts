import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeightedSplit } from '../../../runtime/core/routing/weighted-split.ts';

const weights = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

function canaries(split: WeightedSplit, weight: number, requests: number): number {
  let canary = 0;
  for (let request = 0; request < requests; request += 1) {
    if (split.next(weight) === 'canary') canary += 1;
  }
  return canary;
}

test.each([
  [0, 0],
  [0.01, 1],
  [20, 2_000],
  [25, 2_500],
  [33.33, 3_333],
  [66.67, 6_667],
  [99.99, 9_999],
  [100, 10_000],
])('weight %d gives the canary exactly %d of 10,000 requests', (weight, expected) => {
  expect(canaries(new WeightedSplit(), weight, 10_000)).toBe(expected);
});

test("the canary's share is exact over any 10,000 consecutive requests", () => {
  fc.assert(
    fc.property(weights, fc.nat({ max: 20_000 }), (weight, before) => {
      const split = new WeightedSplit();
      canaries(split, weight, before);
      expect(canaries(split, weight, 10_000)).toBe(Math.round(weight * 100));
    }),
    { numRuns: 200 },
  );
});

test("the canary's share is right to within one request over any consecutive requests", () => {
  fc.assert(
    fc.property(
      weights,
      fc.nat({ max: 5_000 }),
      fc.nat({ max: 3_000 }),
      (weight, before, requests) => {
        const split = new WeightedSplit();
        canaries(split, weight, before);
        const expected = (requests * weight) / 100;
        expect(Math.abs(canaries(split, weight, requests) - expected)).toBeLessThan(1);
      },
    ),
    { numRuns: 300 },
  );
});

test('changing the weight repeatedly costs either track at most one request', () => {
  const change = fc.tuple(weights, fc.nat({ max: 500 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const split = new WeightedSplit();
      let got = 0;
      let owed = 0;
      for (const [weight, requests] of changes) {
        got += canaries(split, weight, requests);
        owed += (weight / 100) * requests;
      }
      expect(Math.abs(got - owed)).toBeLessThan(1);
    }),
    { numRuns: 200 },
  );
});

test('weight 0 never chooses the canary, with any credit', () => {
  fc.assert(
    fc.property(weights, fc.nat({ max: 500 }), (weight, before) => {
      const split = new WeightedSplit();
      canaries(split, weight, before);
      expect(canaries(split, 0, 1_000)).toBe(0);
    }),
  );
});

test('canary requests are spread out, not in bursts', () => {
  const split = new WeightedSplit();
  const chosen = Array.from({ length: 20 }, () => split.next(25));
  const places = chosen.flatMap((track, place) => (track === 'canary' ? [place] : []));
  const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
  expect(new Set(gaps)).toEqual(new Set([4]));
});
