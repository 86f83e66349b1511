import type { HostSample } from '../../../core/host/host-sample.ts';

/** Part of a host's sample that one source provides; what it could not read is left out. */
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

/** Source of samples, read every two seconds. */
export interface Source {
  /** Name in problems and incidents. */
  readonly name: string;
  /** An error becomes a problem of this source and affects no other. */
  sample(): Promise<SamplePart>;
}
