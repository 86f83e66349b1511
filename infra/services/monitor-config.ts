/** The configuration of monitors: JSON that `perch monitor` reads from PERCH_MONITOR_CONFIG. Pure. */
import { cloudwatchNamespace } from '../../runtime/contract/cloudwatch.ts';

export const hostRoot = '/host';
export const dockerSocket = '/var/run/docker.sock';

export interface MonitorConfigOptions {
  /** Region of SES, SNS and CloudWatch. */
  readonly region: string | undefined;
  /** Sender of emails. Undefined: no emails. */
  readonly alertFrom: string | undefined;
  readonly alertTo: readonly string[];
  readonly smsNumbers: readonly string[];
  /** Rules that differ from the defaults, by name. */
  readonly thresholds: Readonly<Record<string, unknown>>;
  /** Keys of flags to switch off together with a harmful canary. */
  readonly killFlags: readonly string[];
  /** Settings of the judge that differ from the defaults, by key. */
  readonly judge: Readonly<Record<string, unknown>>;
  /** Settings of raises of memory that differ from the defaults, by key. */
  readonly memory: Readonly<Record<string, unknown>>;
  /** A path of the host on each file system to watch. */
  readonly disks: readonly string[];
  readonly reAlertMinutes: number;
  /** URL in every message. Undefined: none. */
  readonly link: string | undefined;
  /** Undefined: monitors neither publish to CloudWatch nor read alarms. */
  readonly cloudwatch: CloudwatchOptions | undefined;
}

export interface CloudwatchOptions {
  /** Alarms that the leader reads, with their actions. */
  readonly alarms: readonly object[];
  /** Metrics of containers to publish. */
  readonly containers: readonly string[];
}

/**
 * The configuration. It has only keys that the stack sets or that release 0.1 knows, so that a
 * monitor of an older image accepts it too.
 */
export function monitorConfig(options: MonitorConfigOptions): Record<string, unknown> {
  const { region, alertFrom, alertTo, smsNumbers, thresholds, memory, link, cloudwatch } = options;
  const inRegion = region === undefined ? {} : { region };
  const judge = judgeOf(options);
  return {
    procRoot: `${hostRoot}/proc`,
    disks: options.disks.map((path) => (path === '/' ? hostRoot : `${hostRoot}${path}`)),
    docker: { socketPath: dockerSocket },
    rules: thresholds,
    reAlertMinutes: options.reAlertMinutes,
    ...(link !== undefined && { link }),
    ...(isGiven(judge) && { judge }),
    ...(isGiven(memory) && { memory }),
    ...(alertFrom !== undefined && { email: { from: alertFrom, to: alertTo, ...inRegion } }),
    ...(smsNumbers.length > 0 && { sms: { numbers: smsNumbers, ...inRegion } }),
    ...(cloudwatch !== undefined && { cloudwatch: { ...cloudwatchOf(cloudwatch), ...inRegion } }),
  };
}

/** The configuration for the monitors of a guest's host stack, which know their hosts themselves. */
export function guestMonitorConfig(options: MonitorConfigOptions): Record<string, unknown> {
  const { procRoot: _host, disks: _disks, docker: _docker, ...own } = monitorConfig(options);
  return own;
}

function judgeOf({ judge, killFlags }: MonitorConfigOptions): Readonly<Record<string, unknown>> {
  if (killFlags.length === 0) return judge;
  return { ...judge, actions: ['eject-canary', ...killFlags.map((key) => `kill-flag:${key}`)] };
}

function cloudwatchOf({ alarms, containers }: CloudwatchOptions): Record<string, unknown> {
  return {
    namespace: cloudwatchNamespace,
    ...(alarms.length > 0 && { alarms }),
    ...(containers.length > 0 && { containers }),
  };
}

function isGiven(section: object): boolean {
  return Object.keys(section).length > 0;
}
