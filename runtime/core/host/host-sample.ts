import { z } from 'zod';
import { tracks } from '../../contract/names.ts';

const percent = z.number().min(0);
const bytes = z.number().min(0);

/** One container of the service, or one process where no container runtime is used. */
const workloadSchema = z.object({
  /** The container's id, or `pid:` and the process id. */
  id: z.string(),
  /** The member's id, else the container's name. */
  name: z.string(),
  memberId: z.string().optional(),
  track: z.enum(tracks).optional(),
  version: z.string().optional(),
  /** Percent of one core: 200 is two busy cores. */
  cpuPercent: percent.optional(),
  memoryBytes: bytes.optional(),
  memoryLimitBytes: bytes.optional(),
  /** Highest value to which the limit may be raised. */
  memoryCapBytes: bytes.optional(),
  /** Times of its latest restarts, as far as the sampler knows; oldest first. */
  restartedAt: z.array(z.int()).optional(),
  /** Times of its latest OOM kills, in the same way. */
  oomKilledAt: z.array(z.int()).optional(),
});

/**
 * Latest sample of one host, by its monitor. A missing field could not be read, and `problems` says
 * why: no data is not zero.
 */
export const hostSampleSchema = z.object({
  host: z.string(),
  /** Milliseconds since the epoch. */
  at: z.int(),
  /** Milliseconds by which the host's clock is ahead of Redis'. */
  clockOffsetMs: z.number().optional(),
  /** Percent of all cores: 100 is every core busy. */
  cpuPercent: percent.optional(),
  load1: z.number().min(0).optional(),
  memoryTotalBytes: bytes.optional(),
  /** Memory available without swapping; caches count as available. */
  memoryAvailableBytes: bytes.optional(),
  disks: z.array(z.object({ path: z.string(), usedPercent: percent })),
  workloads: z.array(workloadSchema),
  /** Sources that returned no data. */
  problems: z.array(z.object({ source: z.string(), reason: z.string() })),
  /** Workloads (by their subject in rules) that need more memory, and why they cannot get it. */
  needs: z.array(z.object({ workload: z.string(), reason: z.string() })).optional(),
  /** Workloads (by their subject in rules) that should run and cannot be started, and why. */
  failedStarts: z.array(z.object({ workload: z.string(), reason: z.string() })).optional(),
});

export type HostSample = z.infer<typeof hostSampleSchema>;
export type Workload = z.infer<typeof workloadSchema>;
export type SourceProblem = HostSample['problems'][number];
export type MemoryNeed = NonNullable<HostSample['needs']>[number];
export type FailedStart = NonNullable<HostSample['failedStarts']>[number];
