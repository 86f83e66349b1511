import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { excluded, type SplitWeight } from '../../../runtime/contract/traffic-fields.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import {
  noCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  advanceTrial,
  defaultTrialSettings,
  trafficFromMs,
} from '../../../runtime/core/analysis/advance-trial.ts';
import type { Trial } from '../../../runtime/core/analysis/trial.ts';
import {
  safetyWith,
  type TrialStatistics,
} from '../../../runtime/core/analysis/trial-statistics.ts';
import {
  canaryKeyOf,
  type ReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { trialDocument, trialOf } from '../../support/judge/trial.ts';

const counts = (requests: number, latencyMs: number, failures = 0): TrackCounts => ({
  ...noCounts,
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

/** The trial, which goes on, after these buckets. */
function advanced(
  previous: Trial,
  buckets: readonly TrafficBucket[],
  nowMs = 105_000,
): { trial: Trial; statistics: TrialStatistics } {
  const settings = defaultTrialSettings;
  const document = trialDocument();
  const { trial, result } = advanceTrial({ previous, document, buckets, settings, nowMs });
  if (trial === undefined || result === undefined) throw new Error('the trial goes on');
  return { trial, statistics: result.statistics };
}

test('a trial without a canary has no statistics', () => {
  const inputs = { buckets: [], settings: defaultTrialSettings, nowMs: 200_000 };
  const document = releaseDocument();
  expect(advanceTrial({ ...inputs, previous: undefined, document })).toEqual({
    trial: undefined,
    result: undefined,
  });
  expect(advanceTrial({ ...inputs, previous: trialOf(), document })).toEqual({
    trial: trialOf({ endedAt: 200_000 }),
    result: undefined,
  });
});

describe('what counts in a trial', () => {
  const requests = (...buckets: TrafficBucket[]) =>
    advanced(trialOf(), buckets).statistics.stable.requests;

  test('a trial counts its own buckets, with every weight in them', () => {
    const own = [5, 50].map((weight) => bucket(100_000, counts(2, 10), counts(1, 10), weight));
    expect(requests(bucket(90_000, counts(100, 10)), ...own, bucket(110_000, counts(3, 10)))).toBe(
      7,
    );
  });

  test.each([0, excluded])(
    'a trial counts no request of weight %s, because the split did not choose its track',
    (weight) => {
      expect(requests(bucket(100_000, counts(5, 10), counts(5, 10), weight))).toBe(0);
    },
  );

  test('a trial counts no request that was routed in another rollout or with another canary', () => {
    const ofRollout = (rolloutId: string) => ({
      ...bucket(100_000, counts(5, 10)),
      rolloutId,
    });
    const { rolloutId } = trialOf();
    expect(requests(ofRollout(rolloutId), ofRollout('another'))).toBe(5);
    const ofVersions = (...versions: string[]) => ({
      ...ofRollout(rolloutId),
      canaryKey: canaryKeyOf(versions),
    });
    expect(requests(ofVersions('2'), ofVersions('1'), ofVersions('1', '2'))).toBe(5);
  });

  test('a canary with all of the traffic counts only while stable members are left', () => {
    const all = [bucket(100_000, noCounts, counts(30, 10), 100)];
    const of = (document: ReleaseDocument) =>
      advanceTrial({
        previous: trialOf(),
        document,
        buckets: all,
        settings: defaultTrialSettings,
        nowMs: 105_000,
      }).result?.statistics.canary.requests;
    const document = trialDocument();
    const withStable = { ...document, members: [...document.members, member('stable-1', 20_001)] };
    expect([of(document), of(withStable)]).toEqual([0, 30]);
  });

  test('stable requests from before the trial are the reference of a canary that gets everything', () => {
    const before = bucket(90_000, counts(300, 10, 3));
    const { trial } = advanced(trialOf({ reference: null }), [before]);
    expect(trial.reference).toEqual({ requests: 300, failures: 3, rejections: 0 });
    expect(advanced(trial, []).trial.reference).toEqual(trial.reference);
  });

  test('a new step must be safe by its own requests', () => {
    const good = [100_000, 110_000].map((start) => bucket(start, counts(90, 10), counts(200, 10)));
    const safetyOf = (stepStartedAt: number) => {
      const document = { ...trialDocument(), stepStartedAt };
      const settings = defaultTrialSettings;
      const inputs = { previous: trialOf(), document, buckets: good, settings, nowMs: 720_000 };
      const { result } = advanceTrial(inputs);
      return result && safetyWith(result.statistics, result.statistics.running, result.comparison);
    };
    expect(safetyOf(100_000)?.requests).toBe(400);
    expect(safetyOf(110_000)?.requests).toBe(200);
    expect(safetyOf(700_000)?.requests).toBe(0);
  });
});

describe('what is slow', () => {
  test('the slow bound is the stable p95 from before the trial, and counts from its beginning', () => {
    const before = bucket(90_000, counts(100, 200));
    const { trial } = advanced(trialOf(), [before, bucket(100_000, counts(999, 900))], 1);
    expect(trial).toMatchObject({ slowFromMs: 100_000 });
    expect(trial.slowAboveMs).toBeGreaterThanOrEqual(200);
    expect(trial.slowAboveMs).toBeLessThanOrEqual(210);
  });

  test('the slow bound does not change during a trial', () => {
    const trial = trialOf({ slowAboveMs: 200 });
    expect(advanced(trial, [bucket(90_000, counts(100, 900))], 1).trial).toBe(trial);
  });

  test('the slow bound is not known from fewer than 100 requests', () => {
    const trial = trialOf();
    expect(advanced(trial, [bucket(100_000, counts(99, 200))]).trial).toBe(trial);
  });

  test('the slow bound is the stable p95 of the trial if too little was known before, and counts from then on', () => {
    const buckets = [bucket(90_000, counts(60, 200)), bucket(100_000, counts(40, 200))];
    const { trial } = advanced(trialOf(), buckets, 108_000);
    expect(trial.slowAboveMs).toBeGreaterThanOrEqual(200);
    expect(trial.slowFromMs).toBe(110_000);
    const slow = [100_000, 110_000].map((start) => bucket(start, counts(7, 900)));
    expect(advanced(trial, slow).statistics.stable).toEqual({
      requests: 14,
      failures: 0,
      rejections: 0,
      timed: 7,
      slow: 7,
    });
  });

  test('a canary that is slower by less than the tolerance has no slow requests', () => {
    const bucketsAt = (canaryMs: number) => [
      bucket(100_000, counts(90, 10), counts(10, 10)),
      bucket(110_000, counts(90, 205), counts(10, canaryMs)),
    ];
    const slowAt = (canaryMs: number) => {
      const { statistics } = advanced(trialOf({ slowAboveMs: 200 }), bucketsAt(canaryMs), 115_000);
      return statistics.canary.slow;
    };
    expect([slowAt(219), slowAt(260)]).toEqual([0, 10]);
  });

  test.each([
    ['before the trial', 90_000],
    ['in the trial', 100_000],
  ])('an imperceptibly short request is never slow, with the p95 from %s', (_when, start) => {
    const fast = bucket(start, counts(100, 2));
    expect(advanced(trialOf(), [fast]).trial.slowAboveMs).toBe(50);
  });

  test('no request is slow while the slow bound is not known', () => {
    const { statistics } = advanced(trialOf(), [bucket(100_000, counts(9, 600_000))]);
    expect([statistics.stable.timed, statistics.stable.slow]).toEqual([0, 0]);
    expect(statistics.metrics.latency.evidence.strata).toBe(0);
  });
});

describe('what is ten minutes old', () => {
  const trial = trialOf({ slowAboveMs: 100 });
  const buckets = [100_000, 110_000, 120_000].map((start) =>
    bucket(start, counts(30, 50, 1), counts(10, 300, 5)),
  );

  test('traffic of ten minutes ago settles, bucket by bucket', () => {
    expect(advanced(trial, buckets, 709_999).trial).toBe(trial);
    const settled = advanced(trial, buckets, 720_000).trial;
    expect(settled).toMatchObject({ settledToMs: 120_000, settled: { buckets: { count: 2 } } });
    expect(advanced(settled, buckets, 729_999).trial).toBe(settled);
  });

  test('a settled bucket counts as before once it has expired in Redis, and only once until then', () => {
    const all = advanced(trial, buckets).statistics;
    const { trial: settled, statistics } = advanced(trial, buckets, 720_000);
    expect(statistics).toEqual(all);
    expect(advanced(settled, buckets, 720_000).statistics).toEqual(all);
    expect(advanced(settled, buckets.slice(2), 720_000).statistics).toEqual(all);
  });

  test('traffic settles in any number of steps to the same evidence', () => {
    const expected = advanced(trial, buckets).statistics;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 700_000, max: 740_000 }), { maxLength: 6 }),
        (times) => {
          const settled = times
            .sort((a, b) => a - b)
            .reduce((current, nowMs) => advanced(current, buckets, nowMs).trial, trial);
          expect(advanced(settled, buckets).statistics).toEqual(expected);
        },
      ),
    );
  });

  test('counts that arrive after a bucket has settled change nothing', () => {
    const settled = advanced(trial, buckets, 720_000);
    const late = [bucket(100_000, counts(99, 50)), ...buckets.slice(1)];
    expect(advanced(settled.trial, late, 720_000).statistics).toEqual(settled.statistics);
  });
});

describe('the traffic that a trial needs', () => {
  const nowMs = 10_000_000;

  test.each([
    ['no canary is on trial', undefined],
    ['the last trial has ended', trialOf({ endedAt: 9_000_000, settledToMs: 5_000_000 })],
  ])('the judge needs the traffic of the last ten minutes while %s', (_what, trial) => {
    expect(trafficFromMs(trial, nowMs)).toBe(9_400_000);
  });

  test('the judge needs the traffic from ten minutes before the trial until the slow bound is known', () => {
    expect(trafficFromMs(trialOf({ startedAt: 8_000_000 }), nowMs)).toBe(7_400_000);
  });

  test('the judge needs all unsettled traffic after a pause of more than ten minutes', () => {
    const trial = trialOf({ slowAboveMs: 100, settledToMs: 9_000_000 });
    expect(trafficFromMs(trial, nowMs)).toBe(9_000_000);
    expect(trafficFromMs({ ...trial, settledToMs: 9_500_000 }, nowMs)).toBe(9_400_000);
  });

  test('the judge needs no traffic from before the oldest bucket that Redis keeps', () => {
    expect(trafficFromMs(trialOf({ startedAt: 100_000 }), nowMs)).toBe(2_800_000);
  });
});
