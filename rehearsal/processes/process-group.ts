/**
 * Signals a whole process group; 0 only asks.
 * @param pid of the group's leader.
 * @returns whether there is anyone in it.
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
