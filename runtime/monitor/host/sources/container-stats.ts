import type { ContainerStats } from 'dockerode';

/** CPU time that a container had, and when that was read. */
export interface ContainerCpu {
  readonly usedNs: number;
  readonly atMs: number;
}

export function containerCpu(stats: ContainerStats): ContainerCpu {
  return { usedNs: stats.cpu_stats.cpu_usage.total_usage, atMs: Date.parse(stats.read) };
}

/** Of one core, between two readings; undefined when no time passed or the container is another. */
export function cpuPercentBetween(before: ContainerCpu, after: ContainerCpu): number | undefined {
  const passedMs = after.atMs - before.atMs;
  const usedNs = after.usedNs - before.usedNs;
  return passedMs > 0 && usedNs >= 0 ? usedNs / 1e4 / passedMs : undefined;
}

/**
 * What cannot be taken from the container: its usage without the file cache that nobody uses, as
 * `docker stats` counts (inactive_file of cgroup v2, total_inactive_file of v1).
 */
export function usedMemoryBytes({ memory_stats: memory }: ContainerStats): number | undefined {
  if (memory.usage === undefined) return undefined;
  const details: Readonly<Record<string, number>> = { ...memory.stats };
  const cache = details['total_inactive_file'] ?? details['inactive_file'] ?? 0;
  return Math.max(0, memory.usage - cache);
}
