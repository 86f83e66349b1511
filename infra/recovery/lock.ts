import { hostname } from 'node:os';

/** Who holds a stack's lock, as the backend says it. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** For people. */
  readonly text: string;
}

/** From what Pulumi prints about a locked stack; backends that tell no more give undefined. */
export function lockHolderIn(message: string): LockHolder | undefined {
  const found = /created by \S+@(\S+) \(pid (\d+)\) at \S+/.exec(message);
  if (found === null) return undefined;
  const [text, host = '', pid = ''] = found;
  return { host, pid: Number(pid), text };
}

/** `unknown`: on a machine that cannot be asked from here. */
export function holderState(holder: LockHolder | undefined): 'running' | 'gone' | 'unknown' {
  if (holder === undefined || holder.host !== hostname()) return 'unknown';
  try {
    process.kill(holder.pid, 0);
    return 'running';
  } catch (error) {
    // EPERM: there is such a process, of somebody else.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH' ? 'gone' : 'running';
  }
}
