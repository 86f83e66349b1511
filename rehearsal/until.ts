import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../runtime/contract/perch-error.ts';

export interface UntilOptions {
  /** Milliseconds; default 20,000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two checks; default 25. */
  readonly everyMs?: number;
}

/**
 * Waits until `condition` returns true.
 * @param what description of the condition, to be read after "timed out waiting for".
 * @throws PerchError `process_failed` at the timeout.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 20_000, everyMs = 25 }: UntilOptions = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new PerchError('process_failed', `timed out after ${timeoutMs} ms waiting for ${what}`);
    }
    await delay(everyMs);
  }
}
