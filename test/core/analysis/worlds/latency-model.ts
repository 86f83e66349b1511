import { binUpperMs, lastLatencyBin } from '../../../../runtime/core/analysis/latency-bins.ts';
import { binomial } from '../binomial.ts';

/** Adds the latencies of `requests` requests to a histogram. */
export type LatencyModel = (
  bins: Map<number, number>,
  requests: number,
  chance: () => number,
) => void;

/** Requests from which it is cheaper to draw each bin's count than each request's bin. */
const many = 40;

/** Lognormal latencies in the real latency bins. */
export function lognormal(medianMs: number, sigma: number): LatencyModel {
  const upTo = (bin: number) => normal(Math.log(binUpperMs(bin) / medianMs) / sigma);
  const all = Array.from({ length: lastLatencyBin + 1 }, (_, bin) => bin);
  const bins = all.filter((bin) => bin === 0 || (upTo(bin) > 1e-9 && upTo(bin - 1) < 1 - 1e-9));
  const cumulative = bins.map(upTo);
  return (histogram, requests, chance) => {
    if (requests <= many) {
      for (let request = 0; request < requests; request += 1) {
        const drawn = chance();
        const index = cumulative.findIndex((probability) => drawn < probability);
        addTo(histogram, bins.at(index) ?? 0, 1);
      }
      return;
    }
    let [left, below] = [requests, 0];
    for (const [index, bin] of bins.entries()) {
      if (left === 0) return;
      const upper = index === bins.length - 1 ? 1 : (cumulative[index] ?? 1);
      const count = binomial(left, Math.min(1, (upper - below) / (1 - below)), chance);
      if (count > 0) addTo(histogram, bin, count);
      left -= count;
      below = upper;
    }
  };
}

export function addTo(histogram: Map<number, number>, bin: number, count: number): void {
  histogram.set(bin, (histogram.get(bin) ?? 0) + count);
}

/** Standard normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  if (z < 0) return 1 - normal(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const [a, b, c, d, e] = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const tail = t * (a + t * (b + t * (c + t * (d + t * e))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
