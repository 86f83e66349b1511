import { env } from '../../runtime/contract/env.ts';
import { loopback } from '../loopback.ts';
import type { Child } from '../processes/child.ts';
import { monitorConfigOf, teamAddress } from './monitor-config.ts';
import type { Perch } from './perch-command.ts';

export interface MonitorPlan {
  readonly name: string;
  readonly host: string;
  /** True for the one monitor that samples the members' processes. */
  readonly watchesMembers: boolean;
  /** Port of the emulated SES. */
  readonly sesPort: number;
  /** Port of its metrics. Undefined: none. */
  readonly metricsPort?: number;
  /** URL of the console, in every email. */
  readonly link: string;
}

/** Starts a monitor that emails to the emulator. */
export async function startMonitor(perch: Perch, plan: MonitorPlan): Promise<Child> {
  const config = {
    ...monitorConfigOf({ ...plan, to: teamAddress }),
    processes: plan.watchesMembers,
    disks: [],
  };
  const { metricsPort: port } = plan;
  const metrics = port === undefined ? [] : [`--metrics=${loopback}:${port}`];
  return await perch.start(plan.name, ['monitor', ...metrics], {
    [env.host]: plan.host,
    [env.monitorConfig]: JSON.stringify(config),
    // The emulator requires credentials and accepts any.
    AWS_ACCESS_KEY_ID: 'rehearsal',
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
  });
}
