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
  /** Publish metrics to CloudWatch. */
  readonly usesCloudwatch: boolean;
}

export function monitorConfig(options: MonitorConfigOptions): Record<string, unknown> {
  const { region, alertFrom, alertTo, smsNumbers, thresholds, killFlags } = options;
  const inRegion = region === undefined ? {} : { region };
  return {
    procRoot: `${hostRoot}/proc`,
    disks: [hostRoot],
    docker: { socketPath: dockerSocket },
    rules: thresholds,
    ...(killFlags.length > 0 && {
      judge: { actions: ['eject-canary', ...killFlags.map((key) => `kill-flag:${key}`)] },
    }),
    ...(alertFrom !== undefined && { email: { from: alertFrom, to: alertTo, ...inRegion } }),
    ...(smsNumbers.length > 0 && { sms: { numbers: smsNumbers, ...inRegion } }),
    ...(options.usesCloudwatch && { cloudwatch: { namespace: cloudwatchNamespace, ...inRegion } }),
  };
}
