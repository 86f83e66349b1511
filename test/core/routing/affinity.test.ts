import fc from 'fast-check';
import { expect, test } from 'vitest';
import { affinityPoint, trackFor } from '../../../runtime/core/routing/affinity.ts';

const clients = 100_000;

/** The 99.9% quantile of chi-squared with 99 degrees of freedom. */
const mostChiSquared = 148.23;

/** Pearson's chi-squared of the points of `ids` in 100 equal bins. */
function chiSquared(ids: Iterable<string>): number {
  const bins = Array.from({ length: 100 }, () => 0);
  for (const id of ids) {
    const bin = Math.floor(affinityPoint('rollout-1', id) / 100);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const expected = clients / bins.length;
  return bins.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
}

/** Mulberry32, so that a failure can be repeated. */
function* randomIds(seed: number): Generator<string> {
  let state = seed;
  for (let made = 0; made < clients; made += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    yield `${(state >>> 0).toString(16)}-${made.toString(36)}`;
  }
}

function* sequentialIds(): Generator<string> {
  for (let made = 0; made < clients; made += 1) yield String(made);
}

test('100,000 random ids spread uniformly', () => {
  expect(chiSquared(randomIds(1))).toBeLessThan(mostChiSquared);
});

test('100,000 sequential ids spread uniformly', () => {
  expect(chiSquared(sequentialIds())).toBeLessThan(mostChiSquared);
});

test('the percentage of canary clients is the weight, to 0.05', () => {
  const canary = [...sequentialIds()].filter(
    (id) => trackFor(affinityPoint('rollout-1', id), 25) === 'canary',
  );
  expect(Math.abs(canary.length / clients - 0.25)).toBeLessThan(0.005);
});

test('raising the weight only adds clients to the canary', () => {
  const weight = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
  fc.assert(
    fc.property(fc.string(), fc.string(), weight, weight, (rollout, client, a, b) => {
      const point = affinityPoint(rollout, client);
      const [low, high] = a < b ? [a, b] : [b, a];
      if (trackFor(point, low) === 'canary') expect(trackFor(point, high)).toBe('canary');
    }),
  );
});

test.each([
  [0, 0, 'stable'],
  [0, 0.01, 'canary'],
  [2_499, 25, 'canary'],
  [2_500, 25, 'stable'],
  [9_999, 99.99, 'stable'],
  [9_999, 100, 'canary'],
] as const)('point %d at weight %d is %s', (point, weight, track) => {
  expect(trackFor(point, weight)).toBe(track);
});

test('weight 0 gives the canary no client, and weight 100 every client', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (rollout, client) => {
      const point = affinityPoint(rollout, client);
      expect([trackFor(point, 0), trackFor(point, 100)]).toEqual(['stable', 'canary']);
    }),
  );
});

test('two rollouts choose their clients independently', () => {
  const ids = [...sequentialIds()];
  const isCanary = (rollout: string, id: string) =>
    trackFor(affinityPoint(rollout, id), 10) === 'canary';
  const both = ids.filter((id) => isCanary('rollout-1', id) && isCanary('rollout-2', id));
  expect(Math.abs(both.length / clients - 0.01)).toBeLessThan(0.002);
});

test('a client has the same point in every process', () => {
  expect(affinityPoint('rollout-1', 'client-1')).toMatchInlineSnapshot(`9816`);
});
