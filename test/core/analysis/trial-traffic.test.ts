import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excluded, type SplitWeight } from '../../../runtime/contract/traffic-fields.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import type { TrackCounts, TrafficBucket } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  trafficFromMs,
  trialStatistics,
  withBaseline,
  withSettled,
} from '../../../runtime/core/analysis/trial-traffic.ts';
import { trialOf } from '../../support/trial.ts';

const counts = (requests: number, latencyMs: number, failures = 0): TrackCounts => ({
  requests,
  failures,
  latency: new Map([[latencyBin(latencyMs), requests]]),
});
const bucket = (
  startMs: number,
  stable: TrackCounts,
  canary = counts(1, 10),
  weight: SplitWeight = 25,
): TrafficBucket => ({ startMs, weight, stable, canary });

describe('what counts in a trial', () => {
  const requests = (...buckets: TrafficBucket[]) =>
    trialStatistics(trialOf(), buckets).stable.requests;

  it('are its own buckets, with every weight in them', () => {
    const own = [5, 50].map((weight) => bucket(100_000, counts(2, 10), counts(1, 10), weight));
    expect(requests(bucket(90_000, counts(100, 10)), ...own, bucket(110_000, counts(3, 10)))).toBe(
      7,
    );
  });

  it.each([0, excluded])(
    'is no request of weight %s, which no chance gave to its track',
    (weight) => {
      expect(requests(bucket(100_000, counts(5, 10), counts(5, 10), weight))).toBe(0);
    },
  );
});

describe('what is slow', () => {
  const settings = { neverSlowMs: 50 };

  it('is frozen at the stable p95 from before the trial, and counts from its beginning', () => {
    const before = bucket(90_000, counts(100, 200));
    const trial = withBaseline(trialOf(), [before, bucket(100_000, counts(999, 900))], settings, 1);
    expect(trial).toMatchObject({ slowFromMs: 100_000 });
    expect(trial.slowAboveMs).toBeGreaterThanOrEqual(200);
    expect(trial.slowAboveMs).toBeLessThanOrEqual(210);
  });

  it('does not change any more', () => {
    const trial = trialOf({ slowAboveMs: 200 });
    expect(withBaseline(trial, [bucket(90_000, counts(100, 900))], settings, 1)).toBe(trial);
  });

  it('is not known from fewer than 100 requests', () => {
    const trial = trialOf();
    expect(withBaseline(trial, [bucket(100_000, counts(99, 200))], settings, 105_000)).toBe(trial);
  });

  it('is frozen in the trial when too little was known before, and counts from then on', () => {
    const buckets = [bucket(90_000, counts(60, 200)), bucket(100_000, counts(40, 200))];
    const trial = withBaseline(trialOf(), buckets, settings, 108_000);
    expect(trial.slowAboveMs).toBeGreaterThanOrEqual(200);
    expect(trial.slowFromMs).toBe(110_000);
    const slow = [100_000, 110_000].map((start) => bucket(start, counts(7, 900)));
    expect(trialStatistics(trial, slow).stable).toEqual({
      requests: 14,
      failures: 0,
      timed: 7,
      slow: 7,
    });
  });

  it.each([
    ['before it', 90_000],
    ['in it', 100_000],
  ])('never is what takes less than a person would notice, known from %s', (_when, start) => {
    const fast = bucket(start, counts(100, 2));
    expect(withBaseline(trialOf(), [fast], settings, 105_000).slowAboveMs).toBe(50);
  });

  it('is nothing while it is not known', () => {
    const { stable, logRatios } = trialStatistics(trialOf(), [bucket(100_000, counts(9, 600_000))]);
    expect([stable.timed, stable.slow]).toEqual([0, 0]);
    expect(new Set(logRatios.latency)).toEqual(new Set([0]));
  });
});

describe('what is ten minutes old', () => {
  const trial = trialOf({ slowAboveMs: 100 });
  const buckets = [100_000, 110_000, 120_000].map((start) =>
    bucket(start, counts(30, 50, 1), counts(10, 300, 5)),
  );

  it('settles, bucket by bucket', () => {
    expect(withSettled(trial, buckets, 709_999)).toBe(trial);
    const settled = withSettled(trial, buckets, 720_000);
    expect(settled).toMatchObject({ settledToMs: 120_000, settled: { buckets: { count: 2 } } });
    expect(withSettled(settled, buckets, 729_999)).toBe(settled);
  });

  it('counts as before when it has left Redis, and once while it has not', () => {
    const all = trialStatistics(trial, buckets);
    const settled = withSettled(trial, buckets, 720_000);
    expect(trialStatistics(settled, buckets)).toEqual(all);
    expect(trialStatistics(settled, buckets.slice(2))).toEqual(all);
  });

  it('settles in any number of steps to the same evidence', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 700_000, max: 740_000 }), { maxLength: 6 }),
        (looks) => {
          const looked = looks
            .sort((a, b) => a - b)
            .reduce((current, nowMs) => withSettled(current, buckets, nowMs), trial);
          const { logRatios, ...statistics } = trialStatistics(looked, buckets);
          const { logRatios: expected, ...rest } = trialStatistics(trial, buckets);
          expect(statistics).toEqual(rest);
          for (const metric of ['errors', 'latency'] as const) {
            for (const [index, value] of logRatios[metric].entries()) {
              expect(value).toBeCloseTo(expected[metric][index] ?? Number.NaN, 9);
            }
          }
        },
      ),
    );
  });

  it('does not change by what is handed in later still', () => {
    const settled = withSettled(trial, buckets, 720_000);
    const late = [bucket(100_000, counts(99, 50)), ...buckets.slice(1)];
    expect(trialStatistics(settled, late)).toEqual(trialStatistics(settled, buckets));
  });
});

describe('traffic is needed', () => {
  const nowMs = 10_000_000;

  it.each([
    ['none is on', undefined],
    ['the last one has ended', trialOf({ endedAt: 9_000_000, settledToMs: 5_000_000 })],
  ])('of the last ten minutes while %s', (_what, trial) => {
    expect(trafficFromMs(trial, nowMs)).toBe(9_400_000);
  });

  it('from ten minutes before the trial until it is known what is slow', () => {
    expect(trafficFromMs(trialOf({ startedAt: 8_000_000 }), nowMs)).toBe(7_400_000);
  });

  it('from where it is not settled, when nobody has looked for longer than ten minutes', () => {
    const trial = trialOf({ slowAboveMs: 100, settledToMs: 9_000_000 });
    expect(trafficFromMs(trial, nowMs)).toBe(9_000_000);
    expect(trafficFromMs({ ...trial, settledToMs: 9_500_000 }, nowMs)).toBe(9_400_000);
  });

  it('from no earlier than it is kept', () => {
    expect(trafficFromMs(trialOf({ startedAt: 100_000 }), nowMs)).toBe(2_800_000);
  });
});
