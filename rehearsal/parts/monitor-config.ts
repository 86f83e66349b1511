import { loopback } from '../loopback.ts';

export interface MonitorConfigPlan {
  /** Port of the emulated SES. */
  readonly sesPort: number;
  /** URL of the console, in every email. */
  readonly link: string;
  /** Address of those who get the emails. */
  readonly to: string;
  /** Memory of a member that breaks a rule, MB. Default: more than a healthy one needs. */
  readonly memberMemoryMb?: number | undefined;
}

/** Address of those who care for the service of the rehearsal. */
export const teamAddress = 'team@example.com';
const enoughMemoryMb = 300;
/** High, because a process that shares two cores with a dozen others stalls at times. */
const neverSlowMs = 200;

/** Configuration of a service's monitors, which disable `new_feature` with a bad canary. */
export function monitorConfigOf({ sesPort, link, to, memberMemoryMb }: MonitorConfigPlan): object {
  return {
    link,
    rules: {
      // A rehearsal must not depend on the machine and on other programs that run there.
      hostDiskPercent: false,
      hostMemoryPercent: false,
      hostCpuPercent: false,
      containerCpuPercent: false,
      containerMemoryMb: {
        threshold: memberMemoryMb ?? enoughMemoryMb,
        forSeconds: 5,
        actions: memberMemoryMb === undefined ? ['alert', 'eject-canary'] : ['alert'],
      },
    },
    judge: { neverSlowMs, actions: ['eject-canary', 'kill-flag:new_feature'] },
    email: {
      from: 'perch@example.com',
      to: [to],
      region: 'eu-central-1',
      endpoint: `http://${loopback}:${sesPort}`,
    },
  };
}
