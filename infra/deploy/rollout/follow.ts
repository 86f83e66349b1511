import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { firstLine } from '../failure.ts';

export interface FollowOptions {
  /** Runs a `perch` command about the service, and returns what it printed. */
  readonly perch: (words: readonly string[]) => Promise<string>;
  /** Rollout to follow. */
  readonly rolloutId: string;
  readonly output: Pick<NodeJS.WriteStream, 'write'>;
  /** Ends the following; the rollout stays as it is. */
  readonly signal: AbortSignal;
  /** Milliseconds between two reads of the status. Default: 2,000. */
  readonly intervalMs?: number;
  /** Milliseconds after which the following ends as by the signal. Default: never. */
  readonly timeoutMs?: number | undefined;
}

/** End of the following of a rollout. */
export type RolloutEnd =
  | { readonly kind: 'promoting' }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'aborted'; readonly reason: string; readonly evidence: readonly string[] }
  | { readonly kind: 'replaced'; readonly by: string }
  | { readonly kind: 'left' }
  | { readonly kind: 'lost'; readonly reason: string };

const patienceMs = 60_000;
const statusSchema = z.object({
  rolloutId: z.string(),
  phase: z.string(),
  weight: z.number(),
  reason: z.string(),
});

/** Prints a line for each change of a rollout, until it ends or waits for a deployment. */
export async function followRollout(options: FollowOptions): Promise<RolloutEnd> {
  const { perch, rolloutId, output, signal, intervalMs = 2_000, timeoutMs = Infinity } = options;
  const untilMs = performance.now() + timeoutMs;
  let readAtMs = performance.now();
  let last = '';
  while (!signal.aborted && performance.now() < untilMs) {
    try {
      const status = statusSchema.parse(JSON.parse(await perch(['rollout', 'status', '--json'])));
      const { phase, weight, reason } = status;
      readAtMs = performance.now();
      const line = `rollout ${rolloutId} is ${phase}, weight ${weight}: ${reason}`;
      if (line !== last) output.write(`${line}\n`);
      last = line;
      if (status.rolloutId !== rolloutId) return { kind: 'replaced', by: status.rolloutId };
      if (phase === 'promoting' || phase === 'succeeded') return { kind: phase };
      if (phase === 'aborted') return { kind: 'aborted', reason, evidence: [] };
    } catch (error) {
      if (performance.now() - readAtMs >= patienceMs) {
        return { kind: 'lost', reason: firstLine(error) };
      }
    }
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
  return { kind: 'left' };
}
