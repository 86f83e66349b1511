import { expect, test } from 'vitest';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  addToStatistics,
  emptyStatistics,
  type WeightedBucket,
} from '../../../runtime/core/analysis/trial-statistics.ts';
import { bucket, counts, testComparison, times, verdictOn } from '../../support/judge/verdict.ts';

test('a canary that is slower than the stable p95 from before is harmful', () => {
  expect(verdictOn(times(3, counts(30, 0, 1), counts(10, 0, 8)))).toMatchObject({
    kind: 'harmful',
    evidence: { rule: 'latency', canary: { timed: 30, slow: 24 }, slowAboveMs: 100 },
    sentence:
      '24 of 30 canary requests (80.0%) took longer than 100 ms, ' +
      'against 3 of 90 stable requests (3.3%) that took longer than 100 ms',
  });
});

test('the canary has a slow bound of its own', () => {
  const slowAboveMs = { stable: 100, canary: 1_000 };
  const { evidence } = verdictOn(times(3, counts(30, 0, 1), counts(10, 0, 8)), { slowAboveMs });
  expect(evidence).toMatchObject({ canary: { slow: 0 }, stable: { slow: 3 } });
});

test('requests that clients give up after the slow bound are slow', () => {
  const hanging = { ...counts(5, 0), abandoned: new Map([[latencyBin(10_000), 5]]) };
  const { kind, evidence, sentence } = verdictOn(times(3, counts(90, 0), hanging));
  expect([kind, evidence.rule]).toEqual(['harmful', 'latency']);
  expect(evidence.canary).toMatchObject({ requests: 15, failures: 0, timed: 30, slow: 15 });
  expect(sentence).toContain('15 of 30 canary requests (50.0%) took longer than 100 ms');
});

test('nobody knows how slow a request was that its client gave up early', () => {
  const impatient = { ...counts(5, 0), abandoned: new Map([[latencyBin(20), 500]]) };
  const { kind, evidence } = verdictOn(times(3, counts(90, 0), impatient));
  expect([kind, evidence.canary.timed]).toEqual(['inconclusive', 15]);
});

test('slow answers of a busy canary in its warm-up do not count, those of a quiet one do', () => {
  const cold = (requests: number) => ({
    ...noCounts,
    requests,
    cold: new Map([[latencyBin(900), requests]]),
  });
  const slow = (requests: number) =>
    verdictOn(times(1, counts(90, 0), cold(requests))).evidence.canary.slow;
  expect([slow(5), slow(4)]).toEqual([0, 4]);
});

test('requests that clients give up in a warm-up are compared with all of its requests', () => {
  const gaveUp = (requests: number) => new Map([[latencyBin(10_000), requests]]);
  const cold = (fast: number, slow: number) =>
    new Map([
      [latencyBin(10), fast],
      [latencyBin(900), slow],
    ]);
  const stable = { ...counts(300, 0), abandoned: gaveUp(3) };
  const canary = (abandoned: number) => ({
    ...noCounts,
    requests: 100,
    cold: cold(80, 20),
    abandoned: gaveUp(abandoned),
  });
  const healthy = verdictOn(times(3, stable, canary(1)));
  expect([healthy.kind, healthy.evidence.canary]).toMatchObject(['safe', { timed: 303, slow: 3 }]);
  expect(verdictOn(times(3, stable, canary(50)))).toMatchObject({
    kind: 'harmful',
    evidence: { rule: 'latency', canary: { timed: 450, slow: 150 } },
  });
});

test('a stable member in its warm-up is not compared for latency', () => {
  const warmUp = { ...noCounts, requests: 90, cold: new Map([[latencyBin(10), 90]]) };
  expect(verdictOn(times(1, warmUp, counts(30, 0))).evidence.stable.timed).toBe(0);
});

test('slow first answers are no harm until the canary was fast once, or has answered often', () => {
  const slow = (index: number) => bucket(index, counts(90, 0), counts(2, 0, 2));
  const started = { ...emptyStatistics, warmUp: { answers: 0, isOver: false } };
  const terms = { ...testComparison, warmUpRequests: 20 };
  const warmUpAfter = (buckets: readonly WeightedBucket[]) => {
    const { warmUp, running } = addToStatistics(started, buckets, terms);
    return [warmUp.isOver, running?.samples.latency.badCanary];
  };
  const nine = Array.from({ length: 9 }, (_, index) => slow(index));
  expect(warmUpAfter(nine)).toEqual([false, 0]);
  expect(warmUpAfter([...nine, slow(9)])).toEqual([true, 0]);
  expect(warmUpAfter([...nine, slow(9), slow(10)])).toEqual([true, 2]);
  const fast = bucket(1, counts(90, 0), counts(2, 0, 1));
  expect(warmUpAfter([slow(0), fast])).toEqual([true, 0]);
  const hanging = { ...noCounts, abandoned: new Map([[latencyBin(9_000), 1]]) };
  expect(warmUpAfter([slow(0), bucket(1, counts(90, 0), hanging)])).toEqual([true, 0]);
});

test('the percentage of slow requests is that of requests with a known latency', () => {
  const untimed = { ...noCounts, requests: 500 };
  const { sentence } = verdictOn([
    bucket(0, untimed, untimed),
    bucket(1, counts(90, 0, 3), counts(30, 0, 24)),
  ]);
  expect(sentence).toContain('24 of 30 canary requests (80.0%) took longer than 100 ms,');
});

test('a request is slow from the bin above that of the p95', () => {
  const canary = (ms: number) => ({
    ...noCounts,
    requests: 10,
    latency: new Map([[latencyBin(ms), 10]]),
  });
  const slow = (ms: number) => verdictOn(times(1, counts(30, 0), canary(ms))).evidence.canary.slow;
  expect([slow(100), slow(110)]).toEqual([0, 10]);
});
