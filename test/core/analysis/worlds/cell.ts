import type { Traffic, World } from '../simulation.ts';
import { chanceTraffic, type Chances, type Conditions } from './chance-traffic.ts';

/** Most or fewest that a cell may measure; a share from 0 to 1. */
export interface Bound {
  readonly harmfulAtMost?: number;
  readonly harmfulAtLeast?: number;
  readonly medianRequestsAtMost?: number;
  readonly medianSecondsAtMost?: number;
  readonly safeAtMost?: number;
}

/** One cell of the table. */
export interface Cell {
  readonly row: string;
  readonly name: string;
  readonly world: World;
  readonly bound: Bound;
  /** Default `harmful`. */
  readonly until?: 'harmful' | 'safe';
  /** Default 1,000. */
  readonly runs?: number;
  readonly seed: number;
  /** False if only `npm run bench:judge` has the time for it. Default true. */
  readonly isCheap?: boolean;
}

export const ejectedAtMost: Bound = { harmfulAtMost: 0.05 };

/** Ordinary answers: slow means slower than stable's p95, so one request in twenty is slow. */
export function failing(failure: number): Chances {
  return { failure, slow: 0.05 };
}

/** A share from 0 to 1 as people write it. */
export function percentText(share: number): string {
  return `${Number((100 * share).toFixed(3))}%`;
}

export const always =
  <T>(value: T) =>
  () =>
    value;

interface SteadyWorld {
  readonly rate: number;
  readonly weight: number;
  readonly stable: Chances;
  /** Default: like stable. */
  readonly canary?: Chances;
  readonly seconds: number;
  readonly slowFirst?: number;
}

/** Constant conditions. */
export function steady({ rate, weight, stable, canary = stable, ...rest }: SteadyWorld): World {
  return chanceWorld(rest.seconds, {
    requestsPerSecond: always(rate),
    weight: always(weight),
    stable: always(stable),
    canary: always(canary),
    ...(rest.slowFirst !== undefined && { slowFirst: rest.slowFirst }),
  });
}

export function chanceWorld(seconds: number, conditions: Conditions): World {
  return { seconds, begin: (chance) => chanceTraffic(conditions, chance) };
}

/** Rollouts of traffic that is not made of independent requests. */
export function worldOf(seconds: number, begin: (chance: () => number) => Traffic): World {
  return { seconds, begin };
}
