import type { ContainerStats } from '../engine/engine-schemas.ts';

/** CPU time that a container has used, and the time of the reading. */
export interface ContainerCpu {
  readonly usedNs: number;
  readonly atMs: number;
}

export function containerCpu(stats: ContainerStats): ContainerCpu {
  return { usedNs: stats.cpu_stats.cpu_usage.total_usage, atMs: Date.parse(stats.read) };
}

/**
 * CPU use between two readings, percent of one core.
 * @returns undefined if no time passed or the container was replaced.
 */
export function cpuPercentBetween(before: ContainerCpu, after: ContainerCpu): number | undefined {
  const passedMs = after.atMs - before.atMs;
  const usedNs = after.usedNs - before.usedNs;
  return passedMs > 0 && usedNs >= 0 ? usedNs / 1e4 / passedMs : undefined;
}

/**
 * Memory in use, bytes, without the inactive file cache, as `docker stats` counts it (inactive_file
 * of cgroup v2, total_inactive_file of v1).
 */
export function usedMemoryBytes({ memory_stats: memory }: ContainerStats): number | undefined {
  if (memory.usage === undefined) return undefined;
  const details: Readonly<Record<string, number>> = { ...memory.stats };
  const cache = details['total_inactive_file'] ?? details['inactive_file'] ?? 0;
  return Math.max(0, memory.usage - cache);
}
