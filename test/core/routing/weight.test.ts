import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hundredths, weightProblem } from '../../../runtime/core/routing/weight.ts';

test('every whole number of hundredths from 0% to 100% is a weight, and is exact', () => {
  for (let count = 0; count <= 10_000; count += 1) {
    expect([weightProblem(count / 100), hundredths(count / 100)]).toEqual([undefined, count]);
  }
});

test.each([
  [-0.01, 'must be from 0 to 100, got -0.01'],
  [100.01, 'must be from 0 to 100, got 100.01'],
  [Number.NaN, 'must be from 0 to 100, got NaN'],
  [Number.POSITIVE_INFINITY, 'must be from 0 to 100, got Infinity'],
  [33.333, 'must have two decimals at most, got 33.333'],
  [1e-12, 'must have two decimals at most, got 1e-12'],
  [0.1 + 0.2, 'must have two decimals at most, got 0.30000000000000004'],
])('%d is not a weight', (value, problem) => {
  expect(weightProblem(value)).toBe(problem);
});

test('a number between two hundredths is not a weight', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (value) => {
      const isWeight = value === Math.round(value * 100) / 100;
      expect(weightProblem(value) === undefined).toBe(isWeight);
    }),
  );
});
