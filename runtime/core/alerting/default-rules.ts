import { ruleDefaults, type RuleName } from '../../contract/rule-defaults.ts';
import type { Metric } from './metric-catalog.ts';
import type { Action } from './rule.ts';

/** A rule as it is without configuration. */
export interface DefaultRule {
  readonly id: string;
  readonly metric: Metric;
  /** Threshold in the unit that the key names. */
  readonly threshold: number;
  readonly forSeconds: number;
  readonly actions: readonly Action[];
  /** Units of the metric in one unit of the key. Default 1. */
  readonly scale?: number;
}

/**
 * Default rules, by the configuration key that changes each. None of them ejects the canary: a
 * threshold does not know what the stable version needs, so a canary just above it may be as good
 * as a stable member just below. Comparing the two is the judge's task.
 */
export const defaultRules = {
  hostDiskPercent: rule('hostDiskPercent', 'host-disk', 'host.disk-percent'),
  hostMemoryPercent: rule('hostMemoryPercent', 'host-memory', 'host.memory-percent'),
  hostCpuPercent: rule('hostCpuPercent', 'host-cpu', 'host.cpu-percent'),
  containerMemoryMb: {
    ...rule('containerMemoryMb', 'container-memory', 'container.memory-bytes'),
    scale: 1e6,
  },
  containerMemoryPercent: {
    ...rule('containerMemoryPercent', 'container-memory-limit', 'container.memory-percent'),
    actions: [{ kind: 'raise-memory' }],
  },
  containerCpuPercent: rule('containerCpuPercent', 'container-cpu', 'container.cpu-percent'),
  containerRestarts: rule('containerRestarts', 'container-restarts', 'container.restarts'),
  containerOomKills: rule('containerOomKills', 'container-oom-kills', 'container.oom-kills'),
  trackP95Ms: rule('trackP95Ms', 'track-latency', 'track.p95-ms'),
  trackFailurePercent: rule('trackFailurePercent', 'track-failures', 'track.failure-percent'),
} as const satisfies Record<RuleName, DefaultRule>;

/** Rules of incidents that come from no threshold and that the leader opens. */
export const problemRules = [
  'canary-ejected',
  'rollout-paused',
  'release-lost',
  'redis-repaired',
  'host-silent',
  'proxy-silent',
  'proxy-exhausted',
  'source-failed',
  'memory-short',
  'container-down',
  'clock-wrong',
  'channel-failed',
  'config-invalid',
  'host-misdirected',
  'certificate-failed',
  'certificate-expiring',
  'certificate-expiring-soon',
] as const;

/** Rules of outages of Redis, of which monitors alert without Redis. */
export const outageRules = ['redis-refuses-writes', 'redis-unreachable'] as const;

export type OutageRule = (typeof outageRules)[number];

/** Rules that come from no threshold; a custom rule cannot take their ids. */
export const reservedRules = [...problemRules, ...outageRules] as const;

function rule(key: RuleName, id: string, metric: Metric): DefaultRule {
  return { id, metric, ...ruleDefaults[key], actions: [{ kind: 'alert' }] };
}
