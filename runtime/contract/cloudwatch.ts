/** The CloudWatch namespace of everything that monitors publish. */
export const cloudwatchNamespace = 'Perch';

const ofHost = ['service', 'host'] as const;
/** Containers that are no members, such as the proxy's, come without `track`. */
const ofContainer = ['service', 'track', 'host', 'container'] as const;
const ofTrack = ['service', 'track'] as const;

/**
 * Every metric that monitors publish: its unit by CloudWatch's name, and its dimensions. CloudWatch
 * finds a metric only by all of its dimensions, so alarms and graphs have to name the very same.
 */
export const cloudwatchMetrics = {
  'host.cpu-percent': { unit: 'Percent', dimensions: ofHost },
  'host.memory-percent': { unit: 'Percent', dimensions: ofHost },
  /** Several disks are one metric; its maximum is the fullest. */
  'host.disk-percent': { unit: 'Percent', dimensions: ofHost },
  'container.cpu-percent': { unit: 'Percent', dimensions: ofContainer },
  'container.memory-bytes': { unit: 'Bytes', dimensions: ofContainer },
  'container.memory-percent': { unit: 'Percent', dimensions: ofContainer },
  'container.restarts': { unit: 'Count', dimensions: ofContainer },
  'container.oom-kills': { unit: 'Count', dimensions: ofContainer },
  /** By the leader alone, as all of these: requests of each ten seconds; their sum adds up. */
  'track.requests': { unit: 'Count', dimensions: ofTrack },
  'track.failures': { unit: 'Count', dimensions: ofTrack },
  'track.failure-percent': { unit: 'Percent', dimensions: ofTrack },
  'track.p50-ms': { unit: 'Milliseconds', dimensions: ofTrack },
  'track.p95-ms': { unit: 'Milliseconds', dimensions: ofTrack },
  /** Of all traffic. */
  'track.weight-percent': { unit: 'Percent', dimensions: ofTrack },
} as const;

export type CloudwatchMetric = keyof typeof cloudwatchMetrics;
export type CloudwatchDimension =
  (typeof cloudwatchMetrics)[CloudwatchMetric]['dimensions'][number];
