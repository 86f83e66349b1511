import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addStratum,
  logEValue,
  noEvidence,
  type Evidence,
} from '../../../runtime/core/analysis/evidence.ts';
import { noRatios, oddsRatios } from '../../../runtime/core/analysis/harm-test.ts';
import { laterWeight } from '../../../runtime/core/analysis/start-weights.ts';

const same = (ratio: number) => oddsRatios.map(() => ratio);
const after = (...ratios: (readonly number[])[]) => ratios.reduce(addStratum, noEvidence);

/** The e-value by its definition: a sum over the stratum in which harm began, and over the odds. */
function direct(strata: readonly (readonly number[])[]): number {
  const ofOdds = oddsRatios.map((_, odds) => {
    let sum = laterWeight(strata.length);
    for (let start = 0; start < strata.length; start += 1) {
      const product = strata.slice(start).reduce((all, ratios) => all + (ratios[odds] ?? 0), 0);
      sum += (laterWeight(start) - laterWeight(start + 1)) * Math.exp(product);
    }
    return sum;
  });
  return ofOdds.reduce((all, value) => all + value, 0) / ofOdds.length;
}

test('no data is an e-value of 1, and so are strata that say nothing', () => {
  expect(logEValue(noEvidence, noRatios)).toBeCloseTo(0, 12);
  expect(logEValue(after(noRatios, noRatios, noRatios), noRatios)).toBeCloseTo(0, 12);
});

test('the e-value is the mixture over all beginnings, whichever stratum still runs', () => {
  const ratios = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
    minLength: oddsRatios.length,
    maxLength: oddsRatios.length,
  });
  fc.assert(
    fc.property(fc.array(ratios, { minLength: 1, maxLength: 12 }), (strata) => {
      const expected = Math.log(direct(strata));
      expect(logEValue(after(...strata), noRatios)).toBeCloseTo(expected, 9);
      const [running = noRatios, ...closed] = strata.toReversed();
      expect(logEValue(after(...closed.toReversed()), running)).toBeCloseTo(expected, 9);
    }),
  );
});

test('evidence that harm would need exceeds the largest number without harm to the sum', () => {
  const evidence = after(same(4_000), same(4_000));
  expect(logEValue(evidence, noRatios)).toBeCloseTo(8_000 + Math.log(0.5), 6);
  expect(logEValue(after(same(-5_000)), noRatios)).toBeCloseTo(Math.log(laterWeight(1)), 9);
});

test('a day without harm costs later evidence 14 at most, however good the canary was', () => {
  const day = Array.from({ length: 8_640 }).reduce<Evidence>(
    (evidence) => addStratum(evidence, same(-1)),
    noEvidence,
  );
  const harmed = addStratum(addStratum(day, same(10)), same(10));
  expect(logEValue(harmed, noRatios)).toBeGreaterThan(20 - 14.1);
});

test('the weights of all beginnings add up to 1', () => {
  const sum = Array.from(
    { length: 1_000 },
    (_, index) => laterWeight(index) - laterWeight(index + 1),
  );
  expect(sum.reduce((all, weight) => all + weight, 0) + laterWeight(1_000)).toBeCloseTo(1, 12);
  expect(Math.min(...sum)).toBeGreaterThan(0);
});
