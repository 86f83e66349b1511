import { Counter, Gauge, type Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

export interface SampledMetricOptions {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  /** Returns the current values. Of a counter, those with equal labels add up; a gauge has one. */
  readonly sample: () => Iterable<Sample>;
}

/** Adds a metric whose values are plain numbers elsewhere, read at each scrape. */
export function addSampled(registry: Registry, options: SampledMetricOptions): void {
  const { type, name, help, labels = [], sample } = options;
  const shared = { name, help, labelNames: labels, registers: [registry] };
  if (type === 'counter') {
    const counter: Counter = new Counter({
      ...shared,
      collect: () => {
        counter.reset();
        for (const [sampleLabels, value] of sample()) counter.inc(sampleLabels, value);
      },
    });
  } else {
    const gauge: Gauge = new Gauge({
      ...shared,
      collect: () => {
        gauge.reset();
        for (const [sampleLabels, value] of sample()) gauge.set(sampleLabels, value);
      },
    });
  }
}

/** Only sample of a metric without labels. */
export function single(value: number): readonly Sample[] {
  return [[{}, value]];
}
