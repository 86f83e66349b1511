import { hostname } from 'node:os';

/** The process that holds a stack's lock, as the backend names it. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** The backend's description, for messages. */
  readonly text: string;
}

/** Finds the holder in Pulumi's message about a locked stack; undefined if the backend does not name it. */
export function lockHolderIn(message: string): LockHolder | undefined {
  const found = /created by \S+@(\S+) \(pid (\d+)\) at \S+/.exec(message);
  if (found === null) return undefined;
  const [text, host = '', pid = ''] = found;
  return { host, pid: Number(pid), text };
}

/** State of the process that holds a lock; `unknown` if it is on another machine. */
export function holderState(holder: LockHolder | undefined): 'running' | 'gone' | 'unknown' {
  if (holder === undefined || holder.host !== hostname()) return 'unknown';
  try {
    process.kill(holder.pid, 0);
    return 'running';
  } catch (error) {
    // EPERM: the process exists, but belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : 'running';
  }
}
