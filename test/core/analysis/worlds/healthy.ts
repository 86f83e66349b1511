import { quantileMs } from '../../../../runtime/core/analysis/latency-bins.ts';
import { comparisonWith, type World } from '../simulation.ts';
import {
  always,
  chanceWorld,
  ejectedAtMost,
  failing,
  percentText,
  steady,
  worldOf,
  type Cell,
} from './cell.ts';
import { chanceTraffic } from './chance-traffic.ts';
import { clientTraffic, type ClientConditions } from './client-traffic.ts';
import { lognormal } from './latency-model.ts';
import { pageTraffic, retryTraffic } from './request-traffic.ts';

const minute = 60;
const hour = 3_600;
const ordinary = failing(0.01);

const bases = [0, 0.001, 0.01, 0.05, 0.2];
const weights = [1, 10, 50];
/** Requests a second, and how long the rollouts are, seconds. */
const rates: readonly (readonly [rate: number, seconds: number])[] = [
  [0.05, 2 * hour],
  [1, 15 * minute],
  [5, 10 * minute],
  [50, 5 * minute],
  [500, 100],
];

/** Every base with every rate and weight; each rate with each weight once in the tests. */
const independent = rates.flatMap(([rate, seconds], rateIndex) =>
  weights.flatMap((weight, weightIndex) =>
    bases.map((base, index): Cell => ({
      row: 'healthy: independent failures',
      name: `base ${percentText(base)}, ${rate} requests/s, weight ${weight}`,
      world: steady({ rate, weight, stable: failing(base), seconds }),
      bound: ejectedAtMost,
      seed: 1,
      isCheap: index === (rateIndex + weightIndex) % bases.length,
    })),
  ),
);

const longer = [
  { base: 0.01, rate: 1, seconds: 2 * hour },
  { base: 0.001, rate: 5, seconds: 3 * hour },
  { base: 0.01, rate: 50, seconds: hour },
].map(({ base, rate, seconds }): Cell => ({
  row: 'healthy: for hours',
  name: `base ${percentText(base)}, ${rate} requests/s, weight 10, for ${seconds / hour} hours`,
  world: steady({ rate, weight: 10, stable: failing(base), seconds }),
  bound: ejectedAtMost,
  seed: 2,
  isCheap: false,
}));

/** Both tracks fail and are slow in half of their answers. */
const outage = { failure: 0.5, slow: 0.5 };

function sharedOutage(rate: number, weight: (second: number) => number, from: number): World {
  const answers = (second: number) =>
    second >= from && second < from + 5 * minute ? outage : ordinary;
  const conditions = { requestsPerSecond: always(rate), weight, stable: answers, canary: answers };
  return chanceWorld(15 * minute, conditions);
}

/** Ten seconds in every two minutes with five times the requests, a third of which fail. */
function bursts(rate: number): World {
  const isBurst = (second: number) => second % (2 * minute) < 10;
  const answers = (second: number) =>
    isBurst(second + 3) ? { failure: 0.33, slow: 0.4 } : ordinary;
  return chanceWorld(15 * minute, {
    requestsPerSecond: (second) => (isBurst(second) ? 5 * rate : rate),
    weight: always(10),
    stable: answers,
    canary: answers,
  });
}

/** A day in which rate and share of failures rise and fall tenfold. */
function diurnal(rate: number): World {
  const wave = (second: number) => 10 ** (0.5 * Math.sin((2 * Math.PI * second) / (24 * hour)));
  const answers = (second: number) => ({ failure: 0.01 / wave(second), slow: 0.05 * wave(second) });
  return chanceWorld(24 * hour, {
    requestsPerSecond: (second) => rate * wave(second),
    weight: always(10),
    stable: answers,
    canary: answers,
  });
}

const shared: Cell[] = [1, 5, 50].flatMap((rate): Cell[] => {
  const cell = { bound: ejectedAtMost, seed: 3, isCheap: rate === 5 };
  const atStep = (second: number) => (second < 305 ? 5 : 50);
  return [
    {
      ...cell,
      row: 'healthy: outage of both tracks',
      name: `${rate} requests/s, weight 25`,
      world: sharedOutage(rate, always(25), 300),
    },
    {
      ...cell,
      row: 'healthy: outage of both tracks',
      name: `${rate} requests/s, weight from 5 to 50 at the same time, within a bucket`,
      world: sharedOutage(rate, atStep, 305),
    },
    {
      ...cell,
      row: 'healthy: bursts',
      name: `${rate} requests/s, weight 10`,
      world: bursts(rate),
    },
  ];
});

const day: Cell[] = [
  {
    row: 'healthy: diurnal drift',
    name: '0.05 requests/s on average, weight 10, for 24 hours',
    world: diurnal(0.05),
  },
  {
    row: 'healthy: diurnal drift',
    name: '1 request/s, weight 10, for 24 hours',
    world: diurnal(1),
  },
  {
    row: 'healthy: 24 hours',
    name: 'base 1%, 1 request/s, weight 10',
    world: steady({ rate: 1, weight: 10, stable: ordinary, seconds: 24 * hour }),
  },
].map((cell) => ({ ...cell, bound: ejectedAtMost, seed: 4, runs: 200, isCheap: false }));

const retries: Cell[] = [1, 10, 50].map((weight) => ({
  row: 'healthy: client retries',
  name: `5 requests/s, weight ${weight}, 1% of requests always fail, 1% by chance`,
  world: worldOf(10 * minute, (chance) =>
    retryTraffic({ requestsPerSecond: 5, weight, chance }, { poisoned: 0.01, failing: 0.01 }),
  ),
  bound: ejectedAtMost,
  seed: 5,
  isCheap: weight === 10,
}));

const cold: Cell[] = rates.flatMap(([rate, seconds]) =>
  weights.map((weight): Cell => ({
    row: 'healthy: first 20 canary requests slow',
    name: `${rate} requests/s, weight ${weight}`,
    world: steady({ rate, weight, stable: failing(0.001), seconds, slowFirst: 20 }),
    bound: ejectedAtMost,
    seed: 6,
    isCheap: weight === 10 && rate !== 0.05,
  })),
);

const impatient: Cell[] = weights.map((weight): Cell => ({
  row: 'healthy: clients give up 1% of requests',
  name: `50 requests/s, weight ${weight}`,
  world: steady({
    rate: 50,
    weight,
    stable: { ...failing(0.001), hang: 0.01 },
    seconds: 2 * minute,
  }),
  bound: ejectedAtMost,
  seed: 11,
}));

const pages: Cell[] = [2, 4, 10, 50].map((count) => ({
  row: 'healthy: pages of k requests at weight 100/k',
  name: `k = ${count}, 5 requests/s`,
  world: worldOf(10 * minute, (chance) =>
    pageTraffic({ requestsPerSecond: 5, weight: 100 / count, chance }, count),
  ),
  bound: ejectedAtMost,
  seed: 7,
  isCheap: count === 2 || count === 50,
}));

/** The canary's latencies are `factor` times those of stable, whose p95 was measured before. */
export function slowerHost(
  factor: number,
  { rate, weight, sigma, seconds }: Record<'rate' | 'weight' | 'sigma' | 'seconds', number>,
): World {
  const latency = lognormal(100, sigma);
  const ofCanary = lognormal(100 * factor, sigma);
  const conditions = {
    requestsPerSecond: always(rate),
    weight: always(weight),
    stable: always({ failure: 0.001, slow: 0, latency }),
    canary: always({ failure: 0.001, slow: 0, latency: ofCanary }),
  };
  return worldOf(seconds, (chance) => {
    const before = new Map<number, number>();
    latency(before, Math.max(100, 10 * minute * rate), chance);
    const comparison = comparisonWith(quantileMs(before, 0.95) ?? Number.NaN);
    return { ...chanceTraffic(conditions, chance), comparison };
  });
}

const hosts: Cell[] = [0.2, 0.5, 1].flatMap((sigma) =>
  [
    { rate: 5, weight: 50, seconds: 10 * minute },
    { rate: 50, weight: 10, seconds: 5 * minute },
    { rate: 500, weight: 10, seconds: 100 },
  ].map((conditions): Cell => ({
    row: 'healthy: host 10% slower',
    name: `${conditions.rate} requests/s, weight ${conditions.weight}, lognormal with sigma ${sigma}`,
    world: slowerHost(1.1, { ...conditions, sigma }),
    bound: ejectedAtMost,
    seed: 8,
    isCheap: conditions.rate === 50,
  })),
);

function clientCells(what: string, kind: Partial<ClientConditions>): Cell[] {
  return [10, 50].flatMap((weight) =>
    (['clients', 'requests'] as const).map((unit): Cell => ({
      row: 'healthy: cookie affinity',
      name: `weight ${weight}, ${what}${unit === 'requests' ? ', if requests were counted' : ''}`,
      world: worldOf(30 * minute, (chance) =>
        clientTraffic({ weight, visitsPerSecond: 0.4, unit, ...kind }, chance),
      ),
      bound: unit === 'clients' ? ejectedAtMost : {},
      seed: 9,
      runs: unit === 'clients' ? 500 : 200,
      isCheap: unit === 'clients' && weight === 50,
    })),
  );
}

const tiny: Cell[] = [0.0015, 0.0012].map((failure) => ({
  row: 'harm too small to matter',
  name: `${percentText(failure)} errors against 0.1%, 500 requests/s, weight 10`,
  world: steady({
    rate: 500,
    weight: 10,
    stable: failing(0.001),
    canary: failing(failure),
    seconds: 10 * minute,
  }),
  bound: ejectedAtMost,
  seed: 10,
  isCheap: false,
}));

export const healthyCells: readonly Cell[] = [
  ...independent,
  ...longer,
  ...shared,
  ...day,
  ...retries,
  ...cold,
  ...impatient,
  ...pages,
  ...hosts,
  ...clientCells('1% of clients always fail', { failing: 0.01 }),
  ...clientCells('5% heavy and slow clients', { heavy: 0.05 }),
  ...tiny,
];
