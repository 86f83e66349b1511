/** What CloudWatch itself watches: it notices when monitors fall silent, which they cannot. Pure. */
import type { Input } from '@pulumi/pulumi';
import { cloudwatchNamespace } from '../../runtime/contract/cloudwatch.ts';

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

const limits = [
  { metricName: 'host.disk-percent', what: 'disk', threshold: 70 },
  { metricName: 'host.memory-percent', what: 'memory', threshold: 50 },
  { metricName: 'host.cpu-percent', what: 'CPU', threshold: 60 },
] as const;

/** Alarms on what the monitor of `host` publishes; missing data counts as breaching. */
export function hostAlarms(service: string, host: string): AlarmRule[] {
  return limits.map(({ metricName, what, threshold }) => ({
    name: `${service}-${host}-${what.toLowerCase()}`,
    description: `${what} of ${host} above ${threshold} %, or its monitor is silent`,
    namespace: cloudwatchNamespace,
    metricName,
    dimensions: { service, host },
    statistic: 'Average',
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

/** A dashboard with one graph for each limit, one line for each host. */
export function dashboardBody(service: string, region: string, hosts: readonly string[]): string {
  const widgets = limits.map(({ metricName, what, threshold }, index) => ({
    type: 'metric',
    x: index * 8,
    y: 0,
    width: 8,
    height: 6,
    properties: {
      title: `${what}, percent`,
      region,
      stat: 'Average',
      period: 60,
      metrics: hosts.map((host) => [
        cloudwatchNamespace,
        metricName,
        'service',
        service,
        'host',
        host,
      ]),
      annotations: { horizontal: [{ label: 'limit', value: threshold }] },
    },
  }));
  return JSON.stringify({ widgets });
}
