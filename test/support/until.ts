import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `condition` returns something truthy, and returns that. */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: { what?: string; timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined | null>> {
  const { what = 'condition', timeoutMs = 120_000, everyMs = 10 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer as Exclude<T, false | undefined | null>;
    if (performance.now() > deadline) throw new Error(`${what} did not hold in ${timeoutMs} ms`);
    await delay(everyMs);
  }
}
