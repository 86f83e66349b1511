/** What CloudWatch itself watches: it notices when monitors fall silent, which they cannot. Pure. */
import type { Input } from '@pulumi/pulumi';
import { cloudwatchNamespace, type CloudwatchMetric } from '../../runtime/contract/cloudwatch.ts';
import { tracks } from '../../runtime/contract/names.ts';

export interface AlarmRule {
  /** Part of the alarm's name. */
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, Input<string>>>;
  readonly statistic: 'Average' | 'Maximum';
  readonly threshold: number;
}

type Statistic = 'Average' | 'Maximum' | 'Sum';

/** A metric of hosts, and where its alarm goes off. */
interface Limit {
  readonly metricName: CloudwatchMetric;
  readonly what: string;
  /** The fullest of several disks counts, not their mean. */
  readonly statistic: AlarmRule['statistic'];
  readonly threshold: number;
}

const limits: readonly Limit[] = [
  { metricName: 'host.disk-percent', what: 'disk', statistic: 'Maximum', threshold: 70 },
  { metricName: 'host.memory-percent', what: 'memory', statistic: 'Average', threshold: 50 },
  { metricName: 'host.cpu-percent', what: 'CPU', statistic: 'Average', threshold: 60 },
];

interface Graph {
  readonly title: string;
  readonly metricName: CloudwatchMetric;
  readonly statistic: Statistic;
}

/** What the leader publishes of both tracks. */
const graphs: readonly Graph[] = [
  { title: 'requests a minute', metricName: 'track.requests', statistic: 'Sum' },
  { title: 'failed requests a minute', metricName: 'track.failures', statistic: 'Sum' },
  { title: '95th percentile, ms', metricName: 'track.p95-ms', statistic: 'Maximum' },
  {
    title: 'share of the traffic, percent',
    metricName: 'track.weight-percent',
    statistic: 'Maximum',
  },
];

/** Alarms on what the monitor of `host` publishes; missing data counts as breaching. */
export function hostAlarms(service: string, host: string): AlarmRule[] {
  return limits.map(({ metricName, what, statistic, threshold }) => ({
    name: `${service}-${host}-${what.toLowerCase()}`,
    description: `${what} of ${host} above ${threshold} %, or its monitor is silent`,
    namespace: cloudwatchNamespace,
    metricName,
    dimensions: { service, host },
    statistic,
    threshold,
  }));
}

/** AWS' own checks of the machine. */
export function machineAlarm(service: string, host: string, instanceId: Input<string>): AlarmRule {
  return {
    name: `${service}-${host}-status`,
    description: `AWS finds the instance of ${host} impaired`,
    namespace: 'AWS/EC2',
    metricName: 'StatusCheckFailed',
    dimensions: { InstanceId: instanceId },
    statistic: 'Maximum',
    threshold: 0,
  };
}

/** One graph for each limit, a line for each host; below them the traffic, a line for each track. */
export function dashboardBody(service: string, region: string, hosts: readonly string[]): string {
  const ofHosts = limits.map(({ metricName, what, statistic, threshold }) => ({
    title: `${what}, percent`,
    region,
    stat: statistic,
    period: 60,
    metrics: hosts.map((host) => line(metricName, { service, host })),
    annotations: { horizontal: [{ label: 'limit', value: threshold }] },
  }));
  const ofTracks = graphs.map(({ title, metricName, statistic }) => ({
    title,
    region,
    stat: statistic,
    period: 60,
    metrics: tracks.map((track) => line(metricName, { service, track })),
  }));
  return JSON.stringify({ widgets: [...row(0, ofHosts), ...row(1, ofTracks)] });
}

/** A metric as graphs name it: namespace, metric, then each dimension and its value. */
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
