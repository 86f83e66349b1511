import { defaultSafety } from '../../../../runtime/core/analysis/safety-test.ts';
import { binomial } from '../binomial.ts';
import { comparisonWith, type World } from '../simulation.ts';
import {
  always,
  chanceWorld,
  failing,
  percentText,
  steady,
  worldOf,
  type Bound,
  type Cell,
} from './cell.ts';
import { chanceTraffic, type Chances } from './chance-traffic.ts';
import { clientTraffic } from './client-traffic.ts';
import { slowerHost } from './healthy.ts';

const minute = 60;
const hour = 3_600;
const rare = failing(0.001);
const ordinary = failing(0.01);

/** +25% errors on 0.1%. A look each second costs as many requests as come in a second. */
function more(rate: number, weight: number, bound: Bound): Cell {
  const seconds = rate < 1 ? 2 * hour : 30 * minute;
  return {
    row: '+25% errors on 0.1%',
    name: `${rate} requests/s, weight ${weight}`,
    world: steady({ rate, weight, stable: rare, canary: failing(0.251), seconds }),
    bound,
    seed: 21,
  };
}

const atWeight10 = [0.05, 0.2, 1, 5].map((rate) =>
  more(rate, 10, { medianRequestsAtMost: 13, harmfulAtLeast: 0.99 }),
);
const atWeight25 = [0.05, 1, 5].map((rate) =>
  more(rate, 25, { medianRequestsAtMost: 18, harmfulAtLeast: 0.99 }),
);
const atWeight50 = [0.05, 1, 5].map((rate) =>
  more(rate, 50, { medianRequestsAtMost: 34, harmfulAtLeast: 0.99 }),
);
/** Rates at which the answer takes one to three looks, so that the looks cost requests. */
const byTheLook = (
  [
    [50, 10, 3],
    [50, 25, 2],
    [50, 50, 2],
    [500, 10, 1],
    [500, 50, 1],
  ] as const
).map(([rate, weight, looks]) =>
  more(rate, weight, { medianSecondsAtMost: looks, harmfulAtLeast: 0.99 }),
);

interface Late {
  readonly what: string;
  readonly hours: number;
  readonly canary: Chances;
  readonly secondsAtMost: number;
  readonly isCheap?: boolean;
}

/** Harm that begins after hours, at a random offset within a bucket, at 50 requests a second. */
function late({ what, hours, canary, secondsAtMost, isCheap = true }: Late): Cell {
  const prefixSeconds = Math.round(hours * hour);
  const begin = (chance: () => number) => {
    const fromSecond = prefixSeconds + Math.floor(10 * chance());
    const conditions = {
      requestsPerSecond: always(50),
      weight: always(10),
      stable: always(ordinary),
      canary: (second: number) => (second < fromSecond ? ordinary : canary),
      fromSecond,
      isWarm: true,
    };
    return chanceTraffic(conditions, chance);
  };
  return {
    row: 'harm that begins late, 50 requests/s, weight 10, base 1%',
    name: `${what} after ${hours < 1 ? `${hours * 60} minutes` : `${hours} hours`}`,
    world: { begin, prefixSeconds, seconds: prefixSeconds + 10 * minute },
    bound: { medianSecondsAtMost: secondsAtMost, harmfulAtLeast: 0.95 },
    seed: 22,
    isCheap,
  };
}

const lateErrors = (
  [
    [1 / 3, 9],
    [2, 9],
    [8, 12],
    [24, 14],
  ] as const
).map(([hours, secondsAtMost]) =>
  late({ what: '+25% errors', hours, canary: failing(0.26), secondsAtMost, isCheap: hours < 24 }),
);

const lateOther = [
  late({ what: '+5% errors', hours: 8, canary: failing(0.06), secondsAtMost: 110 }),
  late({
    what: 'slow share from 5 to 40%',
    hours: 8,
    canary: { failure: 0.01, slow: 0.4 },
    secondsAtMost: 14,
  }),
];

const found: Bound = { harmfulAtLeast: 0.95 };

function slowly(what: string, canary: Chances, stable: Chances = rare): Cell {
  return {
    row: 'other harm, 1 request/s, weight 10, within 5 minutes',
    name: what,
    world: steady({ rate: 1, weight: 10, stable, canary, seconds: 5 * minute }),
    bound: found,
    seed: 23,
  };
}

const other: Cell[] = [
  slowly('hangs on one of two routes', { ...rare, hang: 0.5 }),
  slowly(
    '404 to all, of which stable gives 5%',
    { ...rare, rejection: 1 },
    { ...rare, rejection: 0.05 },
  ),
  // It cannot be told from one that only warms up before its 20th answer, after about 200 s.
  { ...slowly('every answer slow', { ...rare, slow: 1 }), bound: { harmfulAtLeast: 0.9 } },
  // The wider the latencies spread, the less often does twice the latency exceed stable's p95.
  ...(
    [
      [0.3, 100, 0.95],
      [0.4, 130, 0.95],
      [0.5, 190, 0.75],
    ] as const
  ).map(([sigma, medianSecondsAtMost, harmfulAtLeast]): Cell => ({
    row: 'other harm, 1 request/s, weight 10, within 5 minutes',
    name: `twice as slow, lognormal with sigma ${sigma}`,
    world: slowerHost(2, { rate: 1, weight: 10, sigma, seconds: 5 * minute }),
    bound: { harmfulAtLeast, medianSecondsAtMost },
    seed: 23,
  })),
];

/** A shared outage in the first five minutes. */
function afterOutage(rate: number): World {
  const over = 5 * minute;
  const answers = (second: number) => (second < over ? { failure: 0.5, slow: 0.5 } : ordinary);
  const conditions = {
    requestsPerSecond: always(rate),
    weight: always(10),
    stable: answers,
    canary: answers,
    fromSecond: over,
  };
  return chanceWorld(over + 2 * hour, conditions);
}

const safe: Cell[] = [1, 5, 50].map((rate) => ({
  row: 'healthy after a shared outage in the first 5 minutes, weight 10: safe',
  name: `base 1%, ${rate} requests/s`,
  world: afterOutage(rate),
  until: 'safe',
  bound: { medianSecondsAtMost: 15 * minute },
  seed: 24,
  runs: rate === 1 ? 300 : 1_000,
}));

const safeAtBase: Cell[] = [0, 0.001, 0.01, 0.05].flatMap((base) =>
  [1, 5].map((rate): Cell => ({
    row: 'healthy: safe',
    name: `base ${percentText(base)}, ${rate} requests/s, weight 10, within 4 hours`,
    world: steady({ rate, weight: 10, stable: failing(base), seconds: 4 * hour }),
    until: 'safe',
    bound: {},
    seed: 25,
    runs: 200,
    isCheap: false,
  })),
);

const safeThoughWorse: Cell[] = [0.011, 0.021, 0.031].map((failure) => ({
  row: 'called safe although worse',
  name: `${percentText(failure)} errors against 0.1%, 5 requests/s, weight 10, within 4 hours`,
  world: steady({ rate: 5, weight: 10, stable: rare, canary: failing(failure), seconds: 4 * hour }),
  until: 'safe',
  // Either of the two tests may err with a probability of beta, on what it guards against.
  bound: failure > 0.02 ? { safeAtMost: 2 * defaultSafety.beta } : {},
  seed: 26,
  runs: 300,
  isCheap: false,
}));

/** A canary that has all of the traffic; stable had 0.1% failures in the ten minutes before. */
function all(rate: number): World {
  const conditions = {
    requestsPerSecond: always(rate),
    weight: always(100),
    stable: always(rare),
    canary: always(failing(0.3)),
  };
  return worldOf(minute, (chance) => {
    const requests = 10 * minute * rate;
    const errors = { requests, bad: binomial(requests, 0.001, chance) };
    const comparison = comparisonWith(100, { errors });
    return { ...chanceTraffic(conditions, chance), comparison };
  });
}

const everything: Cell[] = [1, 5, 50].map((rate) => ({
  row: 'weight 100: 30% failures after stable had 0.1%, within 60 s',
  name: `${rate} requests/s`,
  world: all(rate),
  bound: found,
  seed: 27,
}));

const clients: Cell[] = [10, 25, 50].map((weight) => ({
  row: 'cookie affinity, 1% of clients always fail: +25% errors',
  name: `weight ${weight}, 5 requests/s`,
  world: worldOf(30 * minute, (chance) =>
    clientTraffic({ weight, visitsPerSecond: 0.4, failing: 0.01, harm: 0.25 }, chance),
  ),
  bound: { harmfulAtLeast: 0.99 },
  seed: 28,
}));

export const harmfulCells: readonly Cell[] = [
  ...atWeight10,
  ...atWeight25,
  ...atWeight50,
  ...byTheLook,
  ...lateErrors,
  ...lateOther,
  ...other,
  ...safe,
  ...safeAtBase,
  ...safeThoughWorse,
  ...everything,
  ...clients,
];
