import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  binUpperMs,
  lastLatencyBin,
  latencyBin,
  quantileMs,
} from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts, sumCounts } from '../../../runtime/core/analysis/traffic-counts.ts';

const durations = fc.array(fc.double({ min: 0.1, max: 600_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

function histogram(values: readonly number[]): Map<number, number> {
  const bins = new Map<number, number>();
  for (const value of values) bins.set(latencyBin(value), (bins.get(latencyBin(value)) ?? 0) + 1);
  return bins;
}

test('a duration is at most the end of its bin, and at most 5% below it', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 600_000, noNaN: true }), (duration) => {
      const upper = binUpperMs(latencyBin(duration));
      expect(upper).toBeGreaterThanOrEqual(duration * (1 - 1e-9));
      expect(upper).toBeLessThanOrEqual(duration * 1.05 * (1 + 1e-9));
    }),
  );
});

const bins = fc.integer({ min: 0, max: lastLatencyBin });

test('the end of each bin belongs to it, and the next larger number to the next bin', () => {
  for (let bin = 0; bin < lastLatencyBin; bin += 1) {
    expect(latencyBin(binUpperMs(bin))).toBe(bin);
    expect(latencyBin(binUpperMs(bin) * (1 + Number.EPSILON))).toBe(bin + 1);
  }
});

test('a longer duration is never in an earlier bin', () => {
  const duration = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    bins.map((bin) => binUpperMs(bin)),
  );
  fc.assert(
    fc.property(duration, duration, (a, b) => {
      expect(latencyBin(Math.min(a, b))).toBeLessThanOrEqual(latencyBin(Math.max(a, b)));
    }),
  );
});

test('every input has a bin, and NaN counts as slow', () => {
  fc.assert(
    fc.property(fc.double(), (duration) => {
      const bin = latencyBin(duration);
      expect(Number.isInteger(bin) && bin >= 0 && bin <= lastLatencyBin).toBe(true);
    }),
  );
  expect(latencyBin(Number.NaN)).toBe(lastLatencyBin);
});

test.each([0.5, 0.95, 0.99])('the %d quantile is within 5% of that of the values', (q) => {
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
        ...noCounts,
        requests: values.length,
        latency: histogram(values),
      });
      expect(sumCounts([part(a), part(b)]).latency).toEqual(histogram([...a, ...b]));
    }),
  );
});

test('no data has no quantile, and durations out of range fall into the outer bins', () => {
  expect(quantileMs(new Map(), 0.5)).toBeUndefined();
  expect([latencyBin(0), latencyBin(Number.MAX_VALUE)]).toEqual([0, lastLatencyBin]);
});
