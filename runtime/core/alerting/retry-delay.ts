import { affinityPoint } from '../routing/affinity.ts';

const firstDelayMs = 1_000;
const longestDelayMs = 120_000;

/** How often a notice is tried before it is given up: for about five hours. */
export const maxAttempts = 200;

/**
 * How long to wait after the `attempt`-th try (from 1) before the next one: doubling from a second
 * to two minutes, of which a half is jitter ("equal jitter", Brooker 2015). The jitter follows from
 * the id, so that whoever asks gets the same answer.
 */
export function retryDelayMs(attempt: number, id: string): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 20));
  const jitter = affinityPoint(id, String(attempt)) / 10_000;
  return Math.floor((full * (1 + jitter)) / 2);
}
