import type { HostSample } from '../../runtime/core/host/host-sample.ts';

/** A sample of a host with every value, and a container of the canary for each id. */
export function hostSample(host: string, memberIds: readonly string[]): HostSample {
  return {
    host,
    at: 0,
    cpuPercent: 10,
    load1: 1,
    memoryTotalBytes: 2e9,
    memoryAvailableBytes: 1e9,
    disks: [
      { path: '/', usedPercent: 40 },
      { path: '/data', usedPercent: 20 },
    ],
    workloads: memberIds.map((id) => ({
      id: `container of ${id}`,
      name: id,
      memberId: id,
      track: 'canary',
      cpuPercent: 5,
      memoryBytes: 1e8,
      memoryLimitBytes: 2e8,
      restartedAt: [],
      oomKilledAt: [],
    })),
    problems: [],
  };
}
