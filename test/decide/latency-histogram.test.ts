import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  binUpperMs,
  lastLatencyBin,
  latencyBin,
  quantileMs,
} from '../../runtime/decide/latency-histogram.ts';
import { sumCounts } from '../../runtime/decide/traffic.ts';

const durations = fc.array(fc.double({ min: 0.1, max: 600_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

function histogram(values: readonly number[]): Map<number, number> {
  const bins = new Map<number, number>();
  for (const value of values) bins.set(latencyBin(value), (bins.get(latencyBin(value)) ?? 0) + 1);
  return bins;
}

test('a duration lies in its bin: not above its end, and at most 5 % below', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 600_000, noNaN: true }), (duration) => {
      const upper = binUpperMs(latencyBin(duration));
      expect(upper).toBeGreaterThanOrEqual(duration * (1 - 1e-9));
      expect(upper).toBeLessThanOrEqual(duration * 1.05 * (1 + 1e-9));
    }),
  );
});

test.each([0.5, 0.95, 0.99])('the %d quantile is that of the values, to a twentieth', (q) => {
  fc.assert(
    fc.property(durations, (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN;
      const estimate = quantileMs(histogram(values), q) ?? Number.NaN;
      expect(Math.abs(estimate / exact - 1)).toBeLessThanOrEqual(0.05 + 1e-9);
    }),
  );
});

test('histograms of several proxies add up to the histogram of all', () => {
  fc.assert(
    fc.property(durations, durations, (a, b) => {
      const part = (values: readonly number[]) => ({
        requests: values.length,
        failures: 0,
        latency: histogram(values),
      });
      expect(sumCounts([part(a), part(b)]).latency).toEqual(histogram([...a, ...b]));
    }),
  );
});

test('no data has no quantile, and what is out of range falls into the ends', () => {
  expect(quantileMs(new Map(), 0.5)).toBeUndefined();
  expect([latencyBin(0), latencyBin(Number.MAX_VALUE)]).toEqual([0, lastLatencyBin]);
});
