import { env } from '../../runtime/contract/env.ts';
import { loopback } from '../loopback.ts';
import type { Child } from '../processes/child.ts';
import type { Perch } from './perch-command.ts';

export interface MonitorPlan {
  readonly name: string;
  readonly host: string;
  /** True for the one monitor that samples the members' processes. */
  readonly watchesMembers: boolean;
  /** Port of the emulated SES. */
  readonly sesPort: number;
  /** URL of the console, in every email. */
  readonly link: string;
}

const memberMemoryMb = 300;
/** High, because a process that shares two cores with a dozen others stalls at times. */
const neverSlowMs = 200;

/** Starts a monitor that emails to the emulator and disables `new_feature` with a bad canary. */
export async function startMonitor(perch: Perch, plan: MonitorPlan): Promise<Child> {
  const config = {
    link: plan.link,
    processes: plan.watchesMembers,
    disks: [],
    rules: {
      // A rehearsal must not depend on the machine and on other programs that run there.
      hostDiskPercent: false,
      hostMemoryPercent: false,
      hostCpuPercent: false,
      containerCpuPercent: false,
      containerMemoryMb: {
        threshold: memberMemoryMb,
        forSeconds: 5,
        actions: ['alert', 'eject-canary'],
      },
    },
    judge: { neverSlowMs, actions: ['eject-canary', 'kill-flag:new_feature'] },
    email: {
      from: 'perch@example.com',
      to: ['team@example.com'],
      region: 'eu-central-1',
      endpoint: `http://${loopback}:${plan.sesPort}`,
    },
  };
  return await perch.start(plan.name, ['monitor'], {
    [env.host]: plan.host,
    [env.monitorConfig]: JSON.stringify(config),
    // The emulator requires credentials and accepts any.
    AWS_ACCESS_KEY_ID: 'rehearsal',
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
  });
}
