import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import type { Cancellation } from '../cancellation.ts';

export interface Patience {
  /** Longest time to wait, from the first refusal on. 0: a refusal is final. */
  readonly waitSeconds: number;
  readonly cancellation: Pick<Cancellation, 'received' | 'signal'>;
  /** Prints one line. */
  readonly say: (line: string) => void;
  /** Milliseconds between a refusal and the next attempt. Default: 5,000. */
  readonly retryEveryMs?: number;
}

/**
 * Repeats work that another update or rollout keeps from changing anything, until the time is over.
 * The hours for which a rollout was followed before its promotion is refused are no part of that time.
 * @throws what the work throws, but PerchError `conflict` only once the time is over.
 */
export async function patiently<T>(
  { waitSeconds, cancellation, say, retryEveryMs = 5_000 }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  let untilMs: number | undefined;
  for (let said = ''; ;) {
    try {
      return await work();
    } catch (error) {
      untilMs ??= performance.now() + waitSeconds * 1_000;
      const isOver = performance.now() >= untilMs || cancellation.received !== undefined;
      if (isOver || !(error instanceof PerchError) || error.code !== 'conflict') throw error;
      if (error.message !== said) say(`waiting up to ${waitSeconds} s: ${error.message}`);
      said = error.message;
    }
    const { signal } = cancellation;
    await delay(retryEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
