import type { Unit } from './incident-details.ts';

export type Scope = 'host' | 'container' | 'track' | 'alarm';

interface MetricKind {
  readonly scope: Scope;
  readonly unit: Unit;
  /** Name for people, to be read before "of host-1 is 81%". */
  readonly label: string;
  /** Highest possible value; a rule with a threshold above it would never fire. */
  readonly most?: number;
}

/** All metrics of rules. */
export const metrics = {
  'host.cpu-percent': { scope: 'host', unit: 'percent', label: 'CPU use', most: 100 },
  'host.memory-percent': { scope: 'host', unit: 'percent', label: 'memory use', most: 100 },
  'host.disk-percent': { scope: 'host', unit: 'percent', label: 'disk use', most: 100 },
  // Percent of one core, so it can exceed 100.
  'container.cpu-percent': { scope: 'container', unit: 'percent', label: 'CPU use' },
  'container.memory-bytes': { scope: 'container', unit: 'bytes', label: 'memory use' },
  'container.memory-percent': {
    scope: 'container',
    unit: 'percent',
    label: 'memory use relative to the limit',
    most: 100,
  },
  'container.restarts': { scope: 'container', unit: 'count', label: 'number of restarts' },
  'container.oom-kills': { scope: 'container', unit: 'count', label: 'number of OOM kills' },
  'track.p95-ms': { scope: 'track', unit: 'ms', label: 'p95 latency' },
  'track.failure-percent': {
    scope: 'track',
    unit: 'percent',
    label: 'failure rate',
    most: 100,
  },
  'alarm.state': { scope: 'alarm', unit: 'count', label: 'CloudWatch alarm' },
} as const satisfies Record<string, MetricKind>;

export type Metric = keyof typeof metrics;

/** Reason why this cannot be a threshold of the metric; undefined if it can. */
export function thresholdProblem(metric: Metric, threshold: number): string | undefined {
  const { most = Number.POSITIVE_INFINITY }: MetricKind = metrics[metric];
  return threshold > most ? `must be at most ${most}` : undefined;
}

/** Metrics of custom rules. Alarms have a configuration key of their own. */
export const metricNames = Object.keys(metrics).filter(
  (name): name is Metric => name in metrics && name !== 'alarm.state',
);
