import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Time that the cores spent since the boot, in ticks. */
export interface CpuTimes {
  readonly total: number;
  /** Neither at work nor, unless it would be idle, waiting for a disk. */
  readonly idle: number;
}

export interface MemoryBytes {
  readonly totalBytes: number;
  /** The kernel's own estimate of what can be had without swapping; caches count. */
  readonly availableBytes: number;
}

/**
 * The first line of /proc/stat (proc_stat(5)): user nice system idle iowait irq softirq steal, then
 * guest times, which user and nice hold already.
 */
export async function readCpuTimes(procRoot: string): Promise<CpuTimes> {
  const text = await readFile(join(procRoot, 'stat'), 'utf8');
  const times = /^cpu +(.*)$/m.exec(text)?.[1]?.split(/ +/).slice(0, 8).map(Number) ?? [];
  if (times.length < 4 || times.some(Number.isNaN)) throw new Error('its stat has no cpu line');
  const [, , , idle = 0, iowait = 0] = times;
  return { total: times.reduce((sum, time) => sum + time, 0), idle: idle + iowait };
}

/** Of all cores, between two readings; undefined when no time passed. */
export function cpuPercentBetween(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  return Math.max(0, 100 * (1 - (after.idle - before.idle) / total));
}

/** /proc/meminfo (proc_meminfo(5)), in KiB there. */
export async function readMemory(procRoot: string): Promise<MemoryBytes> {
  const text = await readFile(join(procRoot, 'meminfo'), 'utf8');
  const bytes = (field: string) => {
    const kib = new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kib === undefined) throw new Error(`its meminfo has no ${field}`);
    return Number(kib) * 1_024;
  };
  return { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') };
}

/** The mean number of tasks that ran or waited in the last minute. */
export async function readLoad1(procRoot: string): Promise<number> {
  return Number((await readFile(join(procRoot, 'loadavg'), 'utf8')).split(' ', 1)[0]);
}
