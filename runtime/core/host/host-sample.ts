import { z } from 'zod';
import { tracks } from '../../contract/names.ts';

const percent = z.number().min(0);
const bytes = z.number().min(0);

/** One container, or one process where no container runtime is used, that belongs to the service. */
const workloadSchema = z.object({
  /** The container's id, or `pid:` and the process id. */
  id: z.string(),
  /** What people know it as: the member's id, else the container's name. */
  name: z.string(),
  memberId: z.string().optional(),
  track: z.enum(tracks).optional(),
  version: z.string().optional(),
  /** Of one core: 200 is two cores busy. */
  cpuPercent: percent.optional(),
  memoryBytes: bytes.optional(),
  memoryLimitBytes: bytes.optional(),
  /** Up to where the limit may be raised. */
  memoryCapBytes: bytes.optional(),
  /** When it was started again, as far as the sampler saw; the newest ones, oldest first. */
  restartedAt: z.array(z.int()).optional(),
  /** When the kernel killed it for want of memory, in the same way. */
  oomKilledAt: z.array(z.int()).optional(),
});

/**
 * What one host's monitor saw last. A field that is missing could not be read, and `problems` says
 * why: no data is not zero.
 */
export const hostSampleSchema = z.object({
  host: z.string(),
  /** Milliseconds since the epoch. */
  at: z.int(),
  /** Of all cores: 100 is every core busy. */
  cpuPercent: percent.optional(),
  load1: z.number().min(0).optional(),
  memoryTotalBytes: bytes.optional(),
  /** What could be had without swapping; caches count as available. */
  memoryAvailableBytes: bytes.optional(),
  disks: z.array(z.object({ path: z.string(), usedPercent: percent })),
  workloads: z.array(workloadSchema),
  /** Sources that gave nothing. */
  problems: z.array(z.object({ source: z.string(), reason: z.string() })),
  /** Workloads, as rules name them, that need more memory and why they cannot have it. */
  needs: z.array(z.object({ workload: z.string(), reason: z.string() })).optional(),
});

export type HostSample = z.infer<typeof hostSampleSchema>;
export type Workload = z.infer<typeof workloadSchema>;
export type SourceProblem = HostSample['problems'][number];
export type MemoryNeed = NonNullable<HostSample['needs']>[number];
