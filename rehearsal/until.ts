import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../runtime/contract/perch-error.ts';

export interface UntilOptions {
  /** Milliseconds; default 20,000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks; default 25. */
  readonly everyMs?: number;
}

/**
 * Waits until `condition` answers true.
 * @param what - what is waited for, to be read after "timed out waiting for".
 * @throws PerchError `process_failed` when it does not in time.
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
