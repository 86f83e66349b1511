import { env } from '../../runtime/contract/env.ts';
import { loopback } from '../loopback.ts';
import type { Child } from '../processes/child.ts';
import type { Perch } from './perch-command.ts';

export interface MonitorPlan {
  readonly name: string;
  readonly host: string;
  /** Whether it watches the members' processes: one of them does. */
  readonly watchesMembers: boolean;
  /** Where SES is. */
  readonly sesPort: number;
  /** Where people can look, in every mail. */
  readonly link: string;
}

const megabytesOfOneMember = 300;
/** A process that shares two cores with a dozen others stalls for a moment now and then. */
const neverSlowMs = 200;

/** Starts a monitor that mails to the emulator and switches `new_feature` off with a bad canary. */
export async function startMonitor(perch: Perch, plan: MonitorPlan): Promise<Child> {
  const config = {
    link: plan.link,
    processes: plan.watchesMembers,
    disks: [],
    rules: {
      // The machine under a rehearsal, and what else runs there, is not what is rehearsed.
      hostDiskPercent: false,
      hostMemoryPercent: false,
      hostCpuPercent: false,
      containerCpuPercent: false,
      containerMemoryMb: {
        threshold: megabytesOfOneMember,
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
    // The emulator asks for some, and believes any.
    AWS_ACCESS_KEY_ID: 'rehearsal',
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
  });
}
