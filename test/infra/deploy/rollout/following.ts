import { setImmediate as turn } from 'node:timers/promises';
import {
  followRollout,
  type FollowClock,
  type FollowOptions,
  type RolloutEnd,
} from '../../../../infra/deploy/rollout/follow.ts';
import type { RolloutState } from '../../../../infra/deploy/rollout/state.ts';
import { rollout } from './states.ts';

/** Clock whose time passes while somebody waits for nothing but it. */
export class PassingClock implements FollowClock {
  #nowMs = 0;

  readonly nowMs = () => this.#nowMs;

  readonly delay = async (ms: number, signal: AbortSignal) => {
    await turn();
    if (!signal.aborted) this.#nowMs += ms;
  };
}

/** Answer of `perch rollout status --json`: a state, a failure, or none at all. */
type Answer = Partial<RolloutState> | Error | 'silence';

interface Followed {
  readonly end: RolloutEnd;
  /** Seconds since the beginning, and what was written then. */
  readonly written: readonly (readonly [seconds: number, text: string])[];
  readonly endSeconds: number;
}

/**
 * Follows rollout `r42` with a `perch` that gives each answer from its second on.
 * @param timeline second to answer, in order.
 */
export async function follow(
  timeline: Readonly<Record<number, Answer>>,
  options: Partial<FollowOptions> = {},
): Promise<Followed> {
  const clock = new PassingClock();
  const written: [number, string][] = [];
  const end = await followRollout({
    rolloutId: 'r42',
    output: { write: (text) => written.push([clock.nowMs() / 1_000, text]) },
    signal: new AbortController().signal,
    clock,
    perch: async () => {
      const seconds = clock.nowMs() / 1_000;
      const [, answer = {}] =
        Object.entries(timeline).findLast(([from]) => Number(from) <= seconds) ?? [];
      if (answer === 'silence') await new Promise(() => undefined);
      if (answer instanceof Error) throw answer;
      return `${JSON.stringify({ ...rollout(), ...(answer as Partial<RolloutState>) })}\n`;
    },
    ...options,
  });
  return { end, written, endSeconds: clock.nowMs() / 1_000 };
}
