import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import { cloudwatchMetrics } from '../../contract/cloudwatch.ts';
import type { Measurement } from './measurements.ts';

interface StatisticSet {
  readonly measured: Measurement;
  count: number;
  sum: number;
  minimum: number;
  maximum: number;
}

/** Adds measurements up to one statistic set for each metric and its dimensions. */
export class StatisticSets {
  readonly #sets = new Map<string, StatisticSet>();

  add(measured: Measurement): void {
    const { metric, value, dimensions } = measured;
    const key = JSON.stringify([metric, dimensions]);
    const set = this.#sets.get(key);
    if (set === undefined) {
      const first = { measured, count: 1, sum: value, minimum: value, maximum: value };
      this.#sets.set(key, first);
      return;
    }
    set.count += 1;
    set.sum += value;
    set.minimum = Math.min(set.minimum, value);
    set.maximum = Math.max(set.maximum, value);
  }

  /** Returns all sets and starts new ones. */
  take(at: number): MetricDatum[] {
    const taken = [...this.#sets.values()].map((set) => datumOf(set, at));
    this.#sets.clear();
    return taken;
  }
}

function datumOf(
  { measured, count, sum, minimum, maximum }: StatisticSet,
  at: number,
): MetricDatum {
  return {
    MetricName: measured.metric,
    Dimensions: Object.entries(measured.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Timestamp: new Date(at),
    Unit: cloudwatchMetrics[measured.metric].unit,
    StatisticValues: { SampleCount: count, Sum: sum, Minimum: minimum, Maximum: maximum },
  };
}
