import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One process in /proc. */
export interface ProcProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** Ticks from the boot to its start; together with the pid it identifies the process. */
  readonly startTicks: number;
  readonly cpuTicks: number;
}

/** Linux reports 100 ticks a second to user space on every platform that Node runs on. */
export const ticksPerSecond = 100;

export async function processIds(procRoot: string): Promise<number[]> {
  return (await readdir(procRoot)).filter((name) => /^\d+$/.test(name)).map(Number);
}

/**
 * Reads /proc/PID/stat (proc_pid_stat(5)). The second field, the command's name, may contain blanks
 * and brackets, so fields are counted from its last bracket.
 * @returns undefined if the process has ended.
 */
export async function readProcess(procRoot: string, pid: number): Promise<ProcProcess | undefined> {
  const text = await readIfThere(join(procRoot, String(pid), 'stat'));
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parentPid: field(4),
    startTicks: field(22),
    cpuTicks: field(14) + field(15),
  };
}

/** Resident memory, bytes; undefined for a process that has ended or is a zombie. */
export async function readResidentBytes(
  procRoot: string,
  pid: number,
): Promise<number | undefined> {
  const text = await readIfThere(join(procRoot, String(pid), 'status'));
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}

/** Named variables of the environment that it started with; empty for another user's process. */
export async function readEnvironment(
  procRoot: string,
  pid: number,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = (await readIfThere(join(procRoot, String(pid), 'environ'))) ?? '';
  const values = new Map<string, string>();
  for (const pair of text.split('\0')) {
    const [name = '', ...rest] = pair.split('=');
    if (names.includes(name)) values.set(name, rest.join('='));
  }
  return values;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return;
    throw error;
  }
}
