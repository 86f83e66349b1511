import type { ComponentResourceOptions } from '@pulumi/pulumi';
import type { Control } from '../../release/control.ts';
import { HostMonitor, type HostMonitorArgs } from '../../services/host-monitor.ts';
import type { MonitorConfigOptions } from '../../services/monitor-config.ts';
import { partImage, type PartImageArgs } from './part-image.ts';
import { setValues } from './set-values.ts';
import { typedDefaults } from './typed-defaults.ts';

type Optional =
  | 'webhookUrl'
  | 'webhookSecret'
  | 'edgeKey'
  | 'environment'
  | 'metricsPort'
  | 'startTimeoutSeconds';

/** Arguments of a monitor. What is not given has the default of a stack. */
export type MonitorPartArgs = Pick<HostMonitorArgs, 'service' | 'host' | 'redis'> &
  Partial<Pick<HostMonitorArgs, Optional>> &
  Partial<MonitorConfigOptions> &
  PartImageArgs;

/** The monitor of one host: it samples the host and its containers, and one of them judges. */
export class MonitorPart extends HostMonitor {
  /** Access for the commands of members: the first host's monitor runs them. */
  readonly control: Control;

  constructor(name: string, args: MonitorPartArgs, opts?: ComponentResourceOptions) {
    super(name, monitorArgs(name, args, opts), opts);
    const { service, host } = args;
    this.control = { service, shell: host.shell, ready: [this.ready] };
  }
}

function monitorArgs(
  name: string,
  args: MonitorPartArgs,
  opts: ComponentResourceOptions | undefined,
): HostMonitorArgs {
  const { service, host, redis, webhookUrl, webhookSecret, edgeKey, metricsPort } = args;
  const { environment = {}, startTimeoutSeconds = typedDefaults.startTimeoutSeconds } = args;
  const { region, alertFrom, alertTo, smsNumbers, thresholds, killFlags } = typedDefaults;
  const { judge, memory, disks, reAlertMinutes, link } = typedDefaults;
  const usual = { region, alertFrom, alertTo, smsNumbers, thresholds, killFlags, judge, memory };
  return {
    service,
    host,
    redis,
    image: partImage(name, args, [host], opts),
    config: { ...usual, disks, reAlertMinutes, link, cloudwatch: undefined, ...setValues(args) },
    webhookUrl,
    webhookSecret,
    edgeKey,
    environment,
    metricsPort,
    startTimeoutSeconds,
  };
}
