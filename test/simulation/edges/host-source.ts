import type { SamplePart, Source } from '../../../runtime/monitor/host/sources/source.ts';
import { platform } from '../platform/platform.ts';

/** Stands in for what a monitor reads of its host and containers. */
export class HostSource implements Source {
  readonly name = 'host';

  sample(): Promise<SamplePart> {
    const { kernel, fleet } = platform();
    const host = kernel.current?.host;
    const containers = host === undefined ? [] : fleet.on(host);
    const workloads = containers
      .filter(({ isRunning }) => isRunning)
      .map(({ id, track, version, restartedAt }) => ({
        id: `container-${id}`,
        name: id,
        memberId: id,
        track,
        version,
        cpuPercent: 5,
        memoryBytes: 50_000_000,
        memoryLimitBytes: 500_000_000,
        restartedAt: [...restartedAt],
        oomKilledAt: [],
      }));
    const memory = { memoryTotalBytes: 8e9, memoryAvailableBytes: 4e9 };
    return Promise.resolve({ cpuPercent: 10, load1: 0.1, ...memory, disks: [], workloads });
  }
}

export { HostSource as PortableHostSource };
