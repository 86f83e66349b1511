import { Histogram } from 'prom-client';
import { latencyBoundsMs, type LatencyCounts } from '../members/latency-counts.ts';
import type { Labels } from './sampled-metric.ts';

type Latencies = Iterable<readonly [labels: Labels, counts: LatencyCounts]>;

/** Prometheus histogram, in seconds, of latencies that are counted elsewhere. */
export class LatencyHistogram extends Histogram {
  readonly #name: string;
  readonly #sample: () => Latencies;

  constructor(name: string, help: string, sample: () => Latencies) {
    super({ name, help, registers: [] });
    this.#name = name;
    this.#sample = sample;
  }

  override async get() {
    return {
      ...(await super.get()),
      values: [...this.#sample()].flatMap((one) => this.#series(one)),
    };
  }

  #series([labels, { counts, sumMs }]: readonly [Labels, LatencyCounts]) {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      const bound = latencyBoundsMs[index];
      const le = bound === undefined ? '+Inf' : String(bound / 1_000);
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le }, value: total };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_sum`, labels, value: sumMs / 1_000 },
      { metricName: `${this.#name}_count`, labels, value: total },
    ];
  }
}
