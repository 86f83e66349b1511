import { expect, test } from 'vitest';
import { excluded, type SplitWeight } from '../../../runtime/contract/traffic-fields.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { recentTraffic } from '../../../runtime/core/analysis/step-traffic.ts';
import {
  noCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../../runtime/core/analysis/traffic-counts.ts';
import { emptyPeriod, trafficPeriods } from '../../../runtime/core/analysis/traffic-period.ts';

function counts(requests: number, ms: number, isCold = false): TrackCounts {
  const bins = new Map([[latencyBin(ms), requests]]);
  return { ...noCounts, requests, [isCold ? 'cold' : 'latency']: bins };
}

function bucket(
  startMs: number,
  weight: SplitWeight,
  [stable, canary]: readonly [TrackCounts, TrackCounts],
): TrafficBucket {
  return { startMs, weight, rolloutId: 'r-1', canaryKey: undefined, stable, canary };
}

test('a period sums its buckets, and what the split did not route is no part of the share', () => {
  const periods = trafficPeriods(
    [
      bucket(50_000, 25, [counts(30, 10), counts(10, 10)]),
      bucket(60_000, 25, [counts(60, 10), counts(20, 10)]),
      bucket(70_000, 25, [counts(15, 10), counts(5, 10)]),
      bucket(70_000, excluded, [counts(0, 10), counts(100, 10)]),
    ],
    60_000,
  );
  const sums = periods.map(({ startMs, sharePercent, stable, canary }) => [
    startMs,
    sharePercent,
    stable.requests,
    canary.requests,
  ]);
  expect(sums).toEqual([
    [0, 25, 30, 10],
    [60_000, 25, 75, 125],
  ]);
});

test('the latency of a period has all answered requests, also those of a warm-up', () => {
  const cold = counts(10, 1_000, true);
  const warm = counts(90, 10);
  const both = { ...warm, requests: 100, cold: cold.cold };
  const [period] = trafficPeriods([bucket(0, 50, [both, noCounts])], 60_000);
  expect(period?.stable.p50Ms).toBeLessThan(11);
  expect(period?.stable.p95Ms).toBeGreaterThan(990);
  expect(period?.canary).toMatchObject({ requests: 0, p50Ms: null, p95Ms: null, p99Ms: null });
});

test('a period without requests has neither a share nor latencies', () => {
  expect(emptyPeriod(60_000)).toMatchObject({ startMs: 60_000, sharePercent: null });
});

test('recent traffic has all requests, whatever routed them', () => {
  const buckets = [
    bucket(0, 0, [counts(4, 10), noCounts]),
    bucket(0, excluded, [noCounts, counts(1, 10)]),
  ];
  expect(recentTraffic(buckets, 0)).toMatchObject({
    fromMs: 0,
    stable: { requests: 4, errorPercent: 0 },
    canary: { requests: 1 },
  });
});
