import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import { WeightedSplit } from '../../../runtime/core/routing/weighted-split.ts';
import { random } from '../analysis/binomial.ts';

const wholeWeights = fc.integer({ min: 0, max: 100 });
const weights = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const splits = fc.integer().map((seed) => new WeightedSplit(random(seed)));

function tracksOf(split: WeightedSplit, weight: number, requests: number): Track[] {
  return Array.from({ length: requests }, () => split.next(weight));
}

function canaries(split: WeightedSplit, weight: number, requests: number): number {
  return tracksOf(split, weight, requests).filter((track) => track === 'canary').length;
}

test("a whole weight's share is exact in every block of 100 requests", () => {
  fc.assert(
    fc.property(splits, wholeWeights, (split, weight) => {
      for (let block = 0; block < 20; block += 1) expect(canaries(split, weight, 100)).toBe(weight);
    }),
  );
});

test("any weight's share is right to less than one request in every block, and exact over 10,000", () => {
  fc.assert(
    fc.property(splits, weights, (split, weight) => {
      let sum = 0;
      for (let block = 0; block < 100; block += 1) {
        const got = canaries(split, weight, 100);
        expect(Math.abs(got - weight)).toBeLessThan(1);
        sum += got;
      }
      expect(sum).toBe(Math.round(weight * 100));
    }),
    { numRuns: 200 },
  );
});

test('the split draws each order anew', () => {
  fc.assert(
    fc.property(splits, fc.integer({ min: 5, max: 95 }), (split, weight) => {
      const blocks = Array.from({ length: 10 }, () => tracksOf(split, weight, 100).join());
      expect(new Set(blocks).size).toBe(blocks.length);
    }),
  );
});

// Any rule that repeats itself fails here: smooth weighted round robin locks onto one place of such pages,
// and reaches millions.
test.each([2, 4, 5, 10, 20, 25, 50, 100])(
  'the canary gets every request of pages of %d alike at the weight that fits them',
  (pageSize) => {
    const pages = 20_000;
    const split = new WeightedSplit(random(pageSize));
    const hits = Array.from<number>({ length: pageSize }).fill(0);
    for (let request = 0; request < pages * pageSize; request += 1) {
      const place = request % pageSize;
      if (split.next(100 / pageSize) === 'canary') hits[place] = (hits[place] ?? 0) + 1;
    }
    expect(chiSquare(hits, pages / pageSize)).toBeLessThan(chiSquareLimit(pageSize - 1));
  },
);

test('the rare canary of a small weight comes in any block of its 10,000 requests', () => {
  const split = new WeightedSplit(random(1));
  const hits = Array.from<number>({ length: 10 }).fill(0);
  for (let period = 0; period < 400; period += 1) {
    const place = Math.floor(tracksOf(split, 0.01, 10_000).indexOf('canary') / 1_000);
    hits[place] = (hits[place] ?? 0) + 1;
  }
  expect(chiSquare(hits, 40)).toBeLessThan(chiSquareLimit(9));
});

test('a change of weight in the middle of a block loses no request of either track', () => {
  const change = fc.tuple(weights, fc.nat({ max: 500 }));
  fc.assert(
    fc.property(splits, fc.array(change, { maxLength: 30 }), (split, changes) => {
      let got = 0;
      let owed = 0;
      for (const [weight, requests] of [...changes, [0, 1] as const, [50, 2_000] as const]) {
        got += canaries(split, weight, requests);
        owed += (weight / 100) * requests;
      }
      expect(Math.abs(got - owed)).toBeLessThan(1);
    }),
    { numRuns: 200 },
  );
});

test('a weight that changes with each request keeps its long-run share', () => {
  const split = new WeightedSplit(random(7));
  let got = 0;
  for (let request = 0; request < 100_000; request += 1) {
    got += canaries(split, request % 2 === 0 ? 10 : 30, 1);
  }
  expect(Math.abs(got - 20_000)).toBeLessThan(25);
});

test('weight 0 never chooses the canary and weight 100 never stable, whatever is owed', () => {
  fc.assert(
    fc.property(splits, weights, fc.nat({ max: 500 }), (split, weight, before) => {
      canaries(split, weight, before);
      expect(canaries(split, 0, 300)).toBe(0);
      canaries(split, weight, before);
      expect(canaries(split, 100, 300)).toBe(300);
    }),
  );
});

test.each([0, 1 - Number.EPSILON / 2])('the share is exact if every draw is %d', (draw) => {
  const split = new WeightedSplit(() => draw);
  expect(canaries(split, 12.34, 10_000)).toBe(1_234);
});

function chiSquare(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Value that chi-square exceeds once in about 100,000 times (Wilson and Hilferty). */
function chiSquareLimit(degrees: number): number {
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + 4.26 * Math.sqrt(spread)) ** 3;
}
