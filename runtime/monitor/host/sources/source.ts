import type { HostSample } from '../../../core/host/host-sample.ts';

/** What one source adds to the sample of its host; what it could not read is left out. */
export type SamplePart = Partial<
  Pick<
    HostSample,
    | 'cpuPercent'
    | 'load1'
    | 'memoryTotalBytes'
    | 'memoryAvailableBytes'
    | 'disks'
    | 'workloads'
    | 'problems'
  >
>;

/** Somewhere to look every two seconds. */
export interface Source {
  /** As it is called in problems and incidents. */
  readonly name: string;
  /** May throw: that is a problem of this source, and of no other. */
  sample(): Promise<SamplePart>;
}
