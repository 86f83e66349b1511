import type { RuleName } from '../../contract/rule-names.ts';
import type { Metric } from './metric-catalog.ts';
import type { Action } from './rule.ts';

/** A rule that holds unless told otherwise. */
export interface DefaultRule {
  readonly id: string;
  readonly metric: Metric;
  /** In the unit that the key names. */
  readonly threshold: number;
  readonly forSeconds: number;
  readonly actions: readonly Action[];
  /** Units of the metric in one unit of the key. Default 1. */
  readonly scale?: number;
}

const alert = { kind: 'alert' } as const;
const raiseMemory = { kind: 'raise-memory' } as const;

/**
 * The rules that hold unless told otherwise, by the key that changes each. None of them takes the
 * canary out: a threshold knows nothing of what the stable version needs, and a canary a little
 * above it may be as good as a stable member a little below. To compare them is the judge's task.
 */
export const defaultRules = {
  hostDiskPercent: rule('host-disk', 'host.disk-percent', 70, 60, [alert]),
  hostMemoryPercent: rule('host-memory', 'host.memory-percent', 50, 60, [alert]),
  hostCpuPercent: rule('host-cpu', 'host.cpu-percent', 60, 120, [alert]),
  containerMemoryMb: {
    ...rule('container-memory', 'container.memory-bytes', 500, 10, [alert]),
    scale: 1e6,
  },
  containerMemoryPercent: rule('container-memory-limit', 'container.memory-percent', 50, 0, [
    raiseMemory,
  ]),
  containerCpuPercent: rule('container-cpu', 'container.cpu-percent', 50, 120, [alert]),
  containerRestarts: rule('container-restarts', 'container.restarts', 2, 0, [alert]),
  containerOomKills: rule('container-oom-kills', 'container.oom-kills', 0, 0, [alert]),
  trackP95Ms: rule('track-latency', 'track.p95-ms', 1_000, 30, [alert]),
  trackFailurePercent: rule('track-failures', 'track.failure-percent', 5, 10, [alert]),
} as const satisfies Record<RuleName, DefaultRule>;

/** Incidents that come from no threshold. */
export const reservedRules = [
  'canary-ejected',
  'rollout-paused',
  'release-lost',
  'host-silent',
  'source-failed',
  'memory-short',
  'channel-failed',
] as const;

function rule(
  id: string,
  metric: Metric,
  threshold: number,
  forSeconds: number,
  actions: readonly Action[],
): DefaultRule {
  return { id, metric, threshold, forSeconds, actions };
}
