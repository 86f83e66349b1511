import { Counter, Gauge, type Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

export interface SampledMetricOptions {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Returns the current values. Samples with equal labels add up. */
  readonly sample: () => Iterable<Sample>;
}

/** Adds a metric whose values are plain numbers elsewhere, read at each scrape. */
export function addSampled(registry: Registry, options: SampledMetricOptions): void {
  const { type, name, help, labels = [], sample } = options;
  const Metric = type === 'counter' ? Counter : Gauge;
  const metric: Counter | Gauge = new Metric({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect: () => {
      metric.reset();
      for (const [sampleLabels, value] of sample()) metric.inc(sampleLabels, value);
    },
  });
}

/** Only sample of a metric without labels. */
export function single(value: number): readonly Sample[] {
  return [[{}, value]];
}
