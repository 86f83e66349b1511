import { setImmediate as nextTurn } from 'node:timers/promises';

const sliceMs = 10;

/**
 * Keeps one core busy, in slices, so that health checks are still answered in between.
 * @param durationMs - how long, wall clock.
 * @param signal - ends it early, when nobody waits for it any more.
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
