import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrackSample } from '../../../runtime/core/analysis/harm-test.ts';
import { random } from './binomial.ts';
import {
  logEvidenceOf,
  firstHarm,
  RunningEvidence,
  type Chances,
  type World,
} from './simulation.ts';

const runs = 1_000;

/** Results of 1,000 rollouts in this world. */
function rollouts(world: World, seed: number, pooled = false) {
  const chance = random(seed);
  const harms = Array.from({ length: runs }, () => firstHarm(world, chance, pooled)).filter(
    (harm) => harm !== undefined,
  );
  const took = harms.map(({ canaryRequests }) => canaryRequests).sort((a, b) => a - b);
  return {
    ejectedShare: harms.length / runs,
    metrics: new Set(harms.map(({ metric }) => metric)),
    medianRequests: took[Math.floor(took.length / 2)] ?? Number.NaN,
  };
}

const always =
  <T>(value: T) =>
  () =>
    value;
/** Slow means slower than the stable p95, so normally one request in twenty is slow. */
const ordinary: Chances = { failure: 0.01, slow: 0.05 };
const outage =
  (fromSecond: number, chances: Chances = { failure: 0.5, slow: 0.5 }) =>
  (second: number) =>
    second >= fromSecond && second < fromSecond + 300 ? chances : ordinary;

/** A canary that is no worse than stable, at a rate of requests a second. */
type HealthyWorld = (rate: number) => World;

const healthy = (
  chances: (second: number) => Chances,
  weight: (second: number) => number,
): HealthyWorld => {
  return (rate) => ({
    requestsPerSecond: always(rate),
    weight,
    stable: chances,
    canary: chances,
  });
};

const steady = healthy(always(ordinary), always(10));
const sharedOutage = healthy(outage(600), always(25));
/** Second 605 is the middle of a bucket. */
const outageAtStep = healthy(outage(605), (second) => (second < 605 ? 5 : 50));
const trafficRamp: HealthyWorld = (rate) => ({
  ...steady(rate),
  requestsPerSecond: (second) => rate * (0.2 + (1.8 * second) / 1_800),
});
const steps = [1, 5, 10, 25, 50];
/** Each step begins in the middle of a bucket. */
const weightRamp = healthy(
  (second) => ({ failure: 0.002 + (0.1 * second) / 1_800, slow: 0.05 + (0.2 * second) / 1_800 }),
  (second) => steps[Math.max(0, Math.floor((second - 5) / 360))] ?? 50,
);

describe.each([0.2, 1, 5, 50])('at %d requests a second', (rate) => {
  test.each([
    ['in a steady rollout', steady],
    ['when both tracks fail for five minutes', sharedOutage],
    ['when both begin to fail with a step of its weight, in the middle of a bucket', outageAtStep],
    ['when traffic grows tenfold', trafficRamp],
    ['when its weight goes up in steps while ever more requests fail', weightRamp],
  ])('a healthy canary is ejected in at most one of 20 rollouts %s', (_what, world) => {
    expect(rollouts(world(rate), 11).ejectedShare).toBeLessThanOrEqual(0.05);
  });
});

test('without strata a step of the weight would eject a healthy canary in an outage of both tracks', () => {
  expect(rollouts(outageAtStep(5), 11, true).ejectedShare).toBeGreaterThan(0.1);
});

describe('at one request a second and a weight of 10%', () => {
  const against = (canary: Chances): World => ({
    requestsPerSecond: always(1),
    weight: always(10),
    stable: always({ failure: 0.001, slow: 0.05 }),
    canary: always(canary),
  });

  test('a canary that fails a quarter of its requests is harmful after a dozen of them', () => {
    const { ejectedShare, medianRequests } = rollouts(against({ failure: 0.25, slow: 0.05 }), 4);
    expect(ejectedShare).toBeGreaterThanOrEqual(0.99);
    expect(medianRequests).toBeLessThanOrEqual(12);
  });

  test('a canary that fails one request in twenty is harmful in at least 90% of rollouts', () => {
    const { ejectedShare } = rollouts(against({ failure: 0.05, slow: 0.05 }), 5);
    expect(ejectedShare).toBeGreaterThanOrEqual(0.9);
  });

  test('a canary with three slow responses in ten is harmful because of its latency', () => {
    const { ejectedShare, metrics } = rollouts(against({ failure: 0, slow: 0.3 }), 6);
    expect(ejectedShare).toBeGreaterThanOrEqual(0.99);
    expect(metrics).toEqual(new Set(['latency']));
  });
});

test("the simulation's running evidence is the evidence of all strata", () => {
  const second = fc.tuple(fc.nat(20), fc.nat(20)).chain(([canary, stable]) =>
    fc.record({
      canary: fc.constant(canary),
      stable: fc.constant(stable),
      badCanary: fc.nat(canary),
      badStable: fc.nat(stable),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(second, { maxLength: 10 }), { maxLength: 5 }), (strata) => {
      const running = new RunningEvidence();
      for (const [index, seconds] of strata.entries()) {
        if (index > 0) running.close();
        for (const { canary, stable, badCanary, badStable } of seconds) {
          running.add(canary, stable, badCanary, badStable);
        }
      }
      const expected = logEvidenceOf(strata.map(sum));
      expect(running.value).toBeCloseTo(expected, 9);
      expect(running.reaches(expected - 1e-6)).toBe(true);
      expect(running.reaches(expected + 1e-6)).toBe(false);
    }),
  );
});

function sum(seconds: readonly TrackSample[]): TrackSample {
  const total = (sample: keyof TrackSample) =>
    seconds.reduce((all, second) => all + second[sample], 0);
  return {
    canary: total('canary'),
    stable: total('stable'),
    badCanary: total('badCanary'),
    badStable: total('badStable'),
  };
}
