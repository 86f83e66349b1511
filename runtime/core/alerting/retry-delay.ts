import { affinityPoint } from '../routing/affinity.ts';

const firstDelayMs = 1_000;
const longestDelayMs = 120_000;

/** Attempts before a notification is given up, after about five hours. */
export const maxAttempts = 200;

/**
 * Delay after the `attempt`-th attempt (from 1), milliseconds. It doubles from one second to two
 * minutes, and half of it is jitter ("equal jitter", Brooker 2015). The jitter is derived from the
 * id, so that every caller gets the same delay.
 */
export function retryDelayMs(attempt: number, id: string): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 20));
  const jitter = affinityPoint(id, String(attempt)) / 10_000;
  return Math.floor((full * (1 + jitter)) / 2);
}
