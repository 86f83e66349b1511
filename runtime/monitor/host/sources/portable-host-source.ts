import type { SamplePart, Source } from './source.ts';

/** Samples CPU, memory, load and the root disk of a host without /proc, such as a developer's. */
export class PortableHostSource implements Source {
  readonly name = 'host';

  async sample(): Promise<SamplePart> {
    // Loaded here, because hosts with /proc never need it.
    const { currentLoad, fsSize, mem } = await import('systeminformation');
    const [load, memory, fileSystems] = await Promise.all([currentLoad(), mem(), fsSize()]);
    return {
      cpuPercent: load.currentLoad,
      load1: load.avgLoad,
      memoryTotalBytes: memory.total,
      memoryAvailableBytes: memory.available,
      disks: fileSystems
        .filter(({ mount }) => mount === '/')
        .map(({ mount, use }) => ({ path: mount, usedPercent: use })),
    };
  }
}
