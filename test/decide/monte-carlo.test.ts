import { expect, test } from 'vitest';
import { random, requestsUntilHarm, type World } from './simulation.ts';

/** Alpha is 5 %, split over errors and latency. */
const bound = Math.log(2 / 0.05);
const runs = 1_000;

function always(rate: number): () => number {
  return () => rate;
}

/** What `runs` rollouts in this world came to: canary requests until harm, sorted, and how many never. */
function rollouts(world: World, seed: number): { took: number[]; ejectedShare: number } {
  const chance = random(seed);
  const took = Array.from({ length: runs }, () => requestsUntilHarm(world, bound, chance))
    .filter((requests) => requests !== undefined)
    .sort((a, b) => a - b);
  return { took, ejectedShare: took.length / runs };
}

const rates = [0.2, 1, 5, 50];

test.each(rates)(
  'at %d requests a second a healthy canary is ejected in at most one of 20 rollouts',
  (requestsPerSecond) => {
    const world = {
      requestsPerSecond,
      weight: 10,
      stableRate: always(0.01),
      canaryRate: always(0.01),
    };
    expect(rollouts(world, 1).ejectedShare).toBeLessThanOrEqual(0.05);
  },
);

test.each(rates)(
  'at %d requests a second an outage of both tracks does not blame the canary',
  (requestsPerSecond) => {
    const outage = (second: number) => (second >= 600 && second < 900 ? 0.8 : 0.01);
    const world = { requestsPerSecond, weight: 25, stableRate: outage, canaryRate: outage };
    expect(rollouts(world, 2).ejectedShare).toBeLessThanOrEqual(0.05);
  },
);

test.each(rates)(
  'at %d requests a second a base rate that rises during the rollout does not blame it',
  (requestsPerSecond) => {
    const rising = (second: number) => 0.002 + (0.1 * second) / 1_800;
    const world = { requestsPerSecond, weight: 10, stableRate: rising, canaryRate: rising };
    expect(rollouts(world, 3).ejectedShare).toBeLessThanOrEqual(0.05);
  },
);

test('a canary that fails a quarter of its requests is out soon, at one request a second', () => {
  const world = {
    requestsPerSecond: 1,
    weight: 10,
    stableRate: always(0.001),
    canaryRate: always(0.25),
  };
  const { took, ejectedShare } = rollouts(world, 4);
  expect(ejectedShare).toBeGreaterThanOrEqual(0.99);
  expect(took[Math.floor(took.length / 2)]).toBeLessThanOrEqual(12);
});

test('a canary that fails one in twenty is out in at least 90 % of rollouts', () => {
  const world = {
    requestsPerSecond: 1,
    weight: 10,
    stableRate: always(0.001),
    canaryRate: always(0.05),
  };
  expect(rollouts(world, 5).ejectedShare).toBeGreaterThanOrEqual(0.9);
});
