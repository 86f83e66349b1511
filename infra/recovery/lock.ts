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
  const status = statusOf(holder.pid);
  if (status === undefined) return 'running';
  // The number belongs to another process now, as after a reboot or in the next container.
  const isAnother = status.startedAt > holder.at + toleranceMs;
  return status.hasEnded || isAnother ? 'gone' : 'running';
}

/** Error of the two clocks: the backend's time has whole seconds, and the kernel's ticks 10 ms. */
const toleranceMs = 5_000;
const ticksPerSecond = 100;

interface ProcessStatus {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** True if only its exit code is left, which its parent has not read: in a container, often never. */
  readonly hasEnded: boolean;
}

/** Status of a process. Undefined: this system does not tell (proc(5)). */
function statusOf(pid: number): ProcessStatus | undefined {
  try {
    // The name of the program comes before, in brackets, and may have spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    const bootedAt = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    const ticks = Number(fields?.[19]);
    if (Number.isNaN(ticks) || bootedAt === undefined) return undefined;
    const startedAt = (Number(bootedAt) + ticks / ticksPerSecond) * 1_000;
    return { startedAt, hasEnded: ['Z', 'X'].includes(fields?.[0] ?? '') };
  } catch {
    return undefined;
  }
}
