/** Default CloudWatch namespace of the monitors' metrics. */
export const cloudwatchNamespace = 'Perch';

const ofService = ['service'] as const;
const ofHost = ['service', 'host'] as const;
/** Containers of no member, such as the proxy's, have no `track`. */
const ofContainer = ['service', 'track', 'host', 'container'] as const;
const ofTrack = ['service', 'track'] as const;

/**
 * Metrics that monitors publish: unit (CloudWatch's name) and dimensions. CloudWatch finds a metric
 * only by all of its dimensions, so alarms and graphs must name exactly these.
 */
export const cloudwatchMetrics = {
  'host.cpu-percent': { unit: 'Percent', dimensions: ofHost },
  'host.memory-percent': { unit: 'Percent', dimensions: ofHost },
  /** All disks of a host in one metric; its maximum is the fullest disk. */
  'host.disk-percent': { unit: 'Percent', dimensions: ofHost },
  'container.cpu-percent': { unit: 'Percent', dimensions: ofContainer },
  'container.memory-bytes': { unit: 'Bytes', dimensions: ofContainer },
  'container.memory-percent': { unit: 'Percent', dimensions: ofContainer },
  'container.restarts': { unit: 'Count', dimensions: ofContainer },
  'container.oom-kills': { unit: 'Count', dimensions: ofContainer },
  /** Requests of ten seconds; use the sum. Only the leader publishes the metrics of a track. */
  'track.requests': { unit: 'Count', dimensions: ofTrack },
  'track.failures': { unit: 'Count', dimensions: ofTrack },
  'track.failure-percent': { unit: 'Percent', dimensions: ofTrack },
  'track.p95-ms': { unit: 'Milliseconds', dimensions: ofTrack },
  /** Percent of all traffic; of the canary alone, because stable has the rest. */
  'track.weight-percent': { unit: 'Percent', dimensions: ofTrack },
  /** Number of channels that fail; use the maximum. Only the leader publishes it. */
  'channel.failing': { unit: 'Count', dimensions: ofService },
} as const;

export type CloudwatchMetric = keyof typeof cloudwatchMetrics;

/** Metrics of containers. Each is one metric for every container, so monitors publish only chosen ones. */
export const containerMetrics = Object.keys(cloudwatchMetrics).filter(isOfContainer);

export type ContainerMetric = {
  [K in CloudwatchMetric]: (typeof cloudwatchMetrics)[K]['dimensions'] extends typeof ofContainer
    ? K
    : never;
}[CloudwatchMetric];

function isOfContainer(metric: string): metric is ContainerMetric {
  return Object.entries(cloudwatchMetrics).some(
    ([name, { dimensions }]) => name === metric && dimensions === ofContainer,
  );
}

export type CloudwatchDimension =
  (typeof cloudwatchMetrics)[CloudwatchMetric]['dimensions'][number];
