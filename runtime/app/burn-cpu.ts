import { setImmediate as nextTurn } from 'node:timers/promises';

const sliceMs = 10;

/**
 * Keeps one core busy, in slices of 10 ms, so that health checks are answered in between.
 * @param durationMs - wall clock time, milliseconds.
 * @param signal - stops it early, when the client is gone.
 */
export async function burnCpu(
  durationMs: number,
  signal: AbortSignal,
  now: () => number = () => performance.now(),
): Promise<void> {
  const end = now() + durationMs;
  while (!signal.aborted && now() < end) {
    const sliceEnd = Math.min(now() + sliceMs, end);
    while (now() < sliceEnd);
    await nextTurn();
  }
}
