import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One process as /proc tells of it. */
export interface ProcProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** Ticks since the boot at which it started: with the pid it names the process for good. */
  readonly startTicks: number;
  readonly cpuTicks: number;
}

/** Linux tells user space of 100 ticks a second on every platform that Node runs on. */
export const ticksPerSecond = 100;

export async function processIds(procRoot: string): Promise<number[]> {
  return (await readdir(procRoot)).filter((name) => /^\d+$/.test(name)).map(Number);
}

/**
 * /proc/PID/stat (proc_pid_stat(5)); the second field, the command's name, may hold blanks and
 * brackets, so fields are counted from its last bracket. Undefined when the process is gone.
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

/** What it holds in memory; undefined when it is gone or has none, as zombies do. */
export async function readResidentBytes(
  procRoot: string,
  pid: number,
): Promise<number | undefined> {
  const text = await readIfThere(join(procRoot, String(pid), 'status'));
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(text ?? '')?.[1];
  return kib === undefined ? undefined : Number(kib) * 1_024;
}

/** The named variables of its environment at its start; none of another user's process. */
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
