/** What monitors are told: the JSON that `perch monitor` reads from PERCH_MONITOR_CONFIG. Pure. */
import { cloudwatchNamespace } from '../../runtime/contract/cloudwatch.ts';
import type { StackConfig } from '../config/stack-config.ts';

export const hostRoot = '/host';
export const dockerSocket = '/var/run/docker.sock';

export function monitorConfig(config: StackConfig): Record<string, unknown> {
  const { region, alertFrom, alertTo, smsNumbers, thresholds, killFlags, target } = config;
  const place = region === undefined ? {} : { region };
  return {
    procRoot: `${hostRoot}/proc`,
    disks: [hostRoot],
    docker: { socketPath: dockerSocket },
    rules: thresholds,
    ...(killFlags.length > 0 && {
      judge: { actions: ['eject-canary', ...killFlags.map((key) => `kill-flag:${key}`)] },
    }),
    ...(alertFrom !== undefined && { email: { from: alertFrom, to: alertTo, ...place } }),
    ...(smsNumbers.length > 0 && { sms: { numbers: smsNumbers, ...place } }),
    ...(target === 'aws' && { cloudwatch: { namespace: cloudwatchNamespace, ...place } }),
  };
}
