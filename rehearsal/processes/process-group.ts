/**
 * Signals a whole process group; 0 only checks that it exists.
 * @param pid process id of the group's leader.
 * @returns false if the group has no process.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
