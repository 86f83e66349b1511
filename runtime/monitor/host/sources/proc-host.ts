import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Time that all cores spent since the boot, in ticks. */
export interface CpuTimes {
  readonly total: number;
  /** Idle or waiting for a disk (iowait). */
  readonly idle: number;
}

export interface MemoryBytes {
  readonly totalBytes: number;
  /** The kernel's estimate of what can be allocated without swapping; includes caches. */
  readonly availableBytes: number;
}

/**
 * Reads the first line of /proc/stat (proc_stat(5)): user nice system idle iowait irq softirq steal,
 * then guest times, which user and nice already include.
 */
export async function readCpuTimes(procRoot: string): Promise<CpuTimes> {
  const text = await readFile(join(procRoot, 'stat'), 'utf8');
  const times = /^cpu +(.*)$/m.exec(text)?.[1]?.split(/ +/).slice(0, 8).map(Number) ?? [];
  if (times.length < 4 || times.some(Number.isNaN)) throw new Error('its stat has no cpu line');
  const [, , , idle = 0, iowait = 0] = times;
  return { total: times.reduce((sum, time) => sum + time, 0), idle: idle + iowait };
}

/** CPU use between two readings, percent of all cores; undefined if no time passed. */
export function cpuPercentBetween(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  if (total <= 0) return undefined;
  return Math.max(0, 100 * (1 - (after.idle - before.idle) / total));
}

/** Reads /proc/meminfo (proc_meminfo(5)), whose values are KiB. */
export async function readMemory(procRoot: string): Promise<MemoryBytes> {
  const text = await readFile(join(procRoot, 'meminfo'), 'utf8');
  const bytes = (field: string) => {
    const kib = new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kib === undefined) throw new Error(`its meminfo has no ${field}`);
    return Number(kib) * 1_024;
  };
  return { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable') };
}

/** Mean number of tasks that ran or waited in the last minute. */
export async function readLoad1(procRoot: string): Promise<number> {
  return Number((await readFile(join(procRoot, 'loadavg'), 'utf8')).split(' ', 1)[0]);
}
