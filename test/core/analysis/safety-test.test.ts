import { expect, test } from 'vitest';
import type { TrackSample } from '../../../runtime/core/analysis/track-sample.ts';
import {
  defaultSafety,
  nextSafety,
  noSafety,
  safetyBound,
  safetyScores,
} from '../../../runtime/core/analysis/safety-test.ts';

const sample = (canary: number, badCanary: number, stable = 9 * canary, badStable = 0) => ({
  canary,
  stable,
  badCanary,
  badStable,
});
const scoresOf = (...samples: TrackSample[]) =>
  safetyScores(samples.reduce((sum, one) => nextSafety(sum, one, defaultSafety), noSafety));
const bound = safetyBound(defaultSafety);

test('202 requests in one stratum without a failure are absolutely safe, and 201 are not', () => {
  expect(scoresOf(sample(201, 0)).absolute).toBeLessThan(bound);
  expect(scoresOf(sample(202, 0)).absolute).toBeGreaterThanOrEqual(bound);
});

test('no data is not safe', () => {
  expect(safetyScores(noSafety)).toEqual({ relative: 0, absolute: 0 });
});

test('a canary that fails as often as stable is relatively safe, whatever the rate is', () => {
  const { relative, absolute } = scoresOf(sample(200, 10, 1_800, 90));
  expect(relative).toBeGreaterThanOrEqual(bound);
  expect(absolute).toBeLessThan(bound);
});

test('a canary that fails three times as often is not relatively safe', () => {
  expect(scoresOf(sample(200, 30, 1_800, 90)).relative).toBeLessThan(bound);
});

test('no finite past keeps a canary from being safe', () => {
  const past = Array.from({ length: 30 }, () => sample(50, 25, 450, 225));
  const good = Array.from({ length: 12 }, () => sample(50, 0));
  expect(scoresOf(...past, ...good).absolute).toBeGreaterThanOrEqual(bound);
});

test('only the canary counts for the absolute rate', () => {
  const quiet = scoresOf(sample(203, 0, 10, 0));
  const busy = scoresOf(sample(203, 0, 100_000, 30_000));
  expect(quiet.absolute).toBe(busy.absolute);
});
