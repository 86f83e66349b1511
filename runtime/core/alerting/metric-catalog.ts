import type { Unit } from './incident-details.ts';

export type Scope = 'host' | 'container' | 'track' | 'alarm';

interface MetricKind {
  readonly scope: Scope;
  readonly unit: Unit;
  /** What people call it, to be read before "is 81 %". */
  readonly label: string;
  /** The highest value that it can have; a threshold above it would never be broken. */
  readonly most?: number;
}

/** Everything that a rule can be about. */
export const metrics = {
  'host.cpu-percent': { scope: 'host', unit: 'percent', label: 'CPU use', most: 100 },
  'host.memory-percent': { scope: 'host', unit: 'percent', label: 'memory use', most: 100 },
  'host.disk-percent': { scope: 'host', unit: 'percent', label: 'disk use', most: 100 },
  // Of one core: several can be busy.
  'container.cpu-percent': { scope: 'container', unit: 'percent', label: 'CPU use' },
  'container.memory-bytes': { scope: 'container', unit: 'bytes', label: 'memory use' },
  'container.memory-percent': {
    scope: 'container',
    unit: 'percent',
    label: 'memory use against its limit',
    most: 100,
  },
  'container.restarts': { scope: 'container', unit: 'count', label: 'number of restarts' },
  'container.oom-kills': { scope: 'container', unit: 'count', label: 'number of OOM kills' },
  'track.p95-ms': { scope: 'track', unit: 'ms', label: '95th percentile of the latency' },
  'track.failure-percent': {
    scope: 'track',
    unit: 'percent',
    label: 'share of failed requests',
    most: 100,
  },
  'alarm.state': { scope: 'alarm', unit: 'count', label: 'CloudWatch alarm' },
} as const satisfies Record<string, MetricKind>;

export type Metric = keyof typeof metrics;

/** Why this can be no threshold of the metric; undefined when it can. */
export function thresholdProblem(metric: Metric, threshold: number): string | undefined {
  const { most = Number.POSITIVE_INFINITY }: MetricKind = metrics[metric];
  return threshold > most ? `must be ${most} at most` : undefined;
}

/** What people may make rules on; an alarm has its own place in the configuration. */
export const metricNames = Object.keys(metrics).filter(
  (name): name is Metric => name in metrics && name !== 'alarm.state',
);
