import { logLikelihoodRatios, oddsRatios, type ArmCounts } from '../../runtime/decide/harm-test.ts';

/** Mulberry32: small, fast, and the same numbers every time. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface World {
  readonly requestsPerSecond: number;
  /** The canary's share, percent. */
  readonly weight: number;
  /** The chance that a request goes wrong, by the second of the rollout. */
  readonly stableRate: (second: number) => number;
  readonly canaryRate: (second: number) => number;
}

const rolloutSeconds = 30 * 60;
const bucketSeconds = 10;

/**
 * One rollout, looked at every second as the judge does, for at most 30 minutes.
 * @returns how many canary requests it took until the evidence reached `bound`, or undefined.
 */
export function requestsUntilHarm(
  world: World,
  bound: number,
  chance: () => number,
): number | undefined {
  const closed = oddsRatios.map(() => 0);
  let seen = 0;
  let arrived = 0;
  for (let start = 0; start < rolloutSeconds; start += bucketSeconds) {
    const counts = { canary: 0, stable: 0, badCanary: 0, badStable: 0 };
    let running: readonly number[] = closed.map(() => 0);
    for (let second = start; second < start + bucketSeconds; second += 1) {
      arrived += world.requestsPerSecond;
      const before = counts.badCanary + counts.badStable;
      const requestsBefore = counts.canary + counts.stable;
      while (arrived >= 1) {
        arrived -= 1;
        seen += oneRequest(world, second, counts, chance);
      }
      if (
        counts.canary + counts.stable === requestsBefore ||
        counts.badCanary + counts.badStable === 0
      )
        continue;
      if (before === counts.badCanary + counts.badStable && counts.badCanary === 0) continue;
      running = logLikelihoodRatios(counts);
      if (logMean(closed, running) >= bound) return seen;
    }
    running = logLikelihoodRatios(counts);
    for (const [index, value] of running.entries()) closed[index] = (closed[index] ?? 0) + value;
  }
  return undefined;
}

type Counting = { -readonly [Count in keyof ArmCounts]: ArmCounts[Count] };

/** @returns 1 when it went to the canary. */
function oneRequest(world: World, second: number, counts: Counting, chance: () => number): 0 | 1 {
  if (chance() * 100 < world.weight) {
    counts.canary += 1;
    if (chance() < world.canaryRate(second)) counts.badCanary += 1;
    return 1;
  }
  counts.stable += 1;
  if (chance() < world.stableRate(second)) counts.badStable += 1;
  return 0;
}

function logMean(closed: readonly number[], running: readonly number[]): number {
  let sum = 0;
  for (const [index, value] of closed.entries()) sum += Math.exp(value + (running[index] ?? 0));
  return Math.log(sum / closed.length);
}
