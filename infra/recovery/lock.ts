import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that holds a stack's lock, as the backend names it. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** Time at which it took the lock, milliseconds since the epoch by its host's clock. */
  readonly at: number;
  /** The backend's description, for messages. */
  readonly text: string;
}

/** Finds the holder in Pulumi's message about a locked stack; undefined if the backend does not name it. */
export function lockHolderIn(message: string): LockHolder | undefined {
  const found = /created by \S+@(\S+) \(pid (\d+)\) at (\S+)/.exec(message);
  if (found === null) return undefined;
  const [text, host = '', pid = '', at = ''] = found;
  return { host, pid: Number(pid), at: Date.parse(at), text };
}

/** State of the process that holds a lock; `unknown` if it is on another machine. */
export function holderState(holder: LockHolder | undefined): 'running' | 'gone' | 'unknown' {
  if (holder === undefined || holder.host !== hostname()) return 'unknown';
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'gone';
    // EPERM: the process exists, but belongs to another user.
  }
  const startedAt = startOf(holder.pid);
  // The number belongs to another process now, as after a reboot or in the next container.
  const isAnother = startedAt !== undefined && startedAt > holder.at + toleranceMs;
  return isAnother ? 'gone' : 'running';
}

/** Error of the two clocks: the backend's time has whole seconds, and the kernel's ticks 10 ms. */
const toleranceMs = 5_000;
const ticksPerSecond = 100;

/** Start of a process, milliseconds since the epoch. Undefined: this system does not tell (proc(5)). */
function startOf(pid: number): number | undefined {
  try {
    // The name of the program comes before, in brackets, and may have spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    const bootedAt = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    const ticks = Number(fields?.[19]);
    return Number.isNaN(ticks) || bootedAt === undefined
      ? undefined
      : (Number(bootedAt) + ticks / ticksPerSecond) * 1_000;
  } catch {
    return undefined;
  }
}
