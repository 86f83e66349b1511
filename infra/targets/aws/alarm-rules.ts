/**
 * Alarms and dashboard of CloudWatch. Monitors send notifications of what they measure, so alarms
 * notify only of what monitors cannot: a broken machine, or no monitor left. The team gets one
 * notification of one thing. Pure.
 */
import type { Input } from '@pulumi/pulumi';
import {
  cloudwatchNamespace,
  type CloudwatchMetric,
} from '../../../runtime/contract/cloudwatch.ts';
import { ruleDefaults, type RuleName } from '../../../runtime/contract/rule-defaults.ts';
import { tracks, type Track } from '../../../runtime/contract/names.ts';

export interface AlarmRule {
  /** Name of the alarm in the stack. */
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, Input<string>>>;
  readonly statistic: 'Average' | 'Maximum';
  readonly threshold: number;
  /** Meaning of no data. Default: it breaches. */
  readonly treatMissingData?: 'notBreaching';
  /** True if a change of its state sends a notification. */
  readonly notifies: boolean;
}

type Statistic = 'Average' | 'Maximum' | 'Sum';

/** A metric of hosts, watched at the threshold of a monitor rule. */
interface Limit {
  readonly metricName: CloudwatchMetric;
  readonly rule: RuleName;
  readonly what: string;
  /** `Maximum`: of several disks the fullest counts, not their mean. */
  readonly statistic: AlarmRule['statistic'];
}

const limits: readonly Limit[] = [
  {
    metricName: 'host.disk-percent',
    rule: 'hostDiskPercent',
    what: 'disk',
    statistic: 'Maximum',
  },
  {
    metricName: 'host.memory-percent',
    rule: 'hostMemoryPercent',
    what: 'memory',
    statistic: 'Average',
  },
  {
    metricName: 'host.cpu-percent',
    rule: 'hostCpuPercent',
    what: 'CPU',
    statistic: 'Average',
  },
];

/** Monitor rules that differ from the defaults, by name: a threshold, an object with one, or `false`. */
export type Thresholds = Readonly<Record<string, unknown>>;

function limitsOf(thresholds: Thresholds): (Limit & { readonly threshold: number })[] {
  return limits
    .filter(({ rule }) => thresholds[rule] !== false)
    .map((limit) => ({
      ...limit,
      threshold: thresholdOf(thresholds[limit.rule]) ?? ruleDefaults[limit.rule].threshold,
    }));
}

function thresholdOf(given: unknown): number | undefined {
  if (typeof given === 'number') return given;
  const isObject = typeof given === 'object' && given !== null;
  return isObject && 'threshold' in given ? thresholdOf(given.threshold) : undefined;
}

interface Graph {
  readonly title: string;
  readonly metricName: CloudwatchMetric;
  readonly statistic: Statistic;
  /** A line each. Default: both. */
  readonly of?: readonly Track[];
}

/** Graphs of the metrics that the leader publishes. */
const graphs: readonly Graph[] = [
  { title: 'requests a minute', metricName: 'track.requests', statistic: 'Sum' },
  { title: 'failed requests a minute', metricName: 'track.failures', statistic: 'Sum' },
  { title: '95th percentile, ms', metricName: 'track.p95-ms', statistic: 'Maximum' },
  {
    title: 'share of the traffic, percent',
    metricName: 'track.weight-percent',
    statistic: 'Maximum',
    of: ['canary'],
  },
];

/**
 * Alarms on the metrics that the monitor of `host` publishes, at the monitor's thresholds. Missing
 * data counts as breaching. The monitor sends the notifications; the key `cloudwatch.alarms` of its
 * configuration makes an alarm eject the canary.
 */
export function hostAlarms(service: string, host: string, thresholds: Thresholds): AlarmRule[] {
  return limitsOf(thresholds).map(({ metricName, what, statistic, threshold }) => ({
    name: `${service}-${host}-${what.toLowerCase()}`,
    description: `${what} of ${host} is above ${threshold}%, or its monitor is silent`,
    namespace: cloudwatchNamespace,
    metricName,
    dimensions: { service, host },
    statistic,
    threshold,
    notifies: false,
  }));
}

/** Alarm for a service without a leader: only the leader publishes the canary's share, never above 100. */
export function leaderAlarm(service: string): AlarmRule {
  return {
    name: `${service}-unjudged`,
    description: `no monitor judges the releases of ${service}`,
    namespace: cloudwatchNamespace,
    metricName: 'track.weight-percent' satisfies CloudwatchMetric,
    dimensions: { service, track: 'canary' satisfies Track },
    statistic: 'Maximum',
    threshold: 100,
    notifies: true,
  };
}

/**
 * Alarm on a channel that fails, because that channel itself cannot say so. No data is no failure:
 * without a leader {@link leaderAlarm} notifies.
 */
export function channelAlarm(service: string): AlarmRule {
  return {
    name: `${service}-channel-failing`,
    description: `a channel of ${service} does not deliver alerts`,
    namespace: cloudwatchNamespace,
    metricName: 'channel.failing' satisfies CloudwatchMetric,
    dimensions: { service },
    statistic: 'Maximum',
    threshold: 0,
    treatMissingData: 'notBreaching',
    notifies: true,
  };
}

/** Alarm on AWS's own checks of the machine. */
export function machineAlarm(service: string, host: string, instanceId: Input<string>): AlarmRule {
  return {
    name: `${service}-${host}-status`,
    description: `AWS reports that the instance of ${host} is impaired`,
    namespace: 'AWS/EC2',
    metricName: 'StatusCheckFailed',
    dimensions: { InstanceId: instanceId },
    statistic: 'Maximum',
    threshold: 0,
    notifies: true,
  };
}

export interface DashboardOptions {
  readonly service: string;
  readonly region: string;
  readonly hosts: readonly string[];
  readonly thresholds: Thresholds;
}

/** JSON of the dashboard: a graph for each limit, a line for each host; below, the traffic by track. */
export function dashboardBody({ service, region, hosts, thresholds }: DashboardOptions): string {
  const hostGraphs = limitsOf(thresholds).map(({ metricName, what, statistic, threshold }) => ({
    title: `${what}, percent`,
    region,
    stat: statistic,
    period: 60,
    metrics: hosts.map((host) => line(metricName, { service, host })),
    annotations: { horizontal: [{ label: 'limit', value: threshold }] },
  }));
  const trackGraphs = graphs.map(({ title, metricName, statistic, of = tracks }) => ({
    title,
    region,
    stat: statistic,
    period: 60,
    metrics: of.map((track) => line(metricName, { service, track })),
  }));
  return JSON.stringify({ widgets: [...row(0, hostGraphs), ...row(1, trackGraphs)] });
}

/** Metric in the notation of graphs: namespace, metric, then each dimension and its value. */
function line(metricName: CloudwatchMetric, dimensions: Readonly<Record<string, string>>) {
  return [cloudwatchNamespace, metricName, ...Object.entries(dimensions).flat()];
}

const dashboardWidth = 24;
const rowHeight = 6;

function row(index: number, graphs: readonly object[]) {
  const width = dashboardWidth / graphs.length;
  return graphs.map((properties, column) => ({
    type: 'metric',
    x: column * width,
    y: index * rowHeight,
    width,
    height: rowHeight,
    properties,
  }));
}
