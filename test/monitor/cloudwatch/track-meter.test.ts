import { expect, test } from 'vitest';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import {
  noCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../../runtime/core/analysis/traffic-counts.ts';
import { TrackMeter } from '../../../runtime/monitor/cloudwatch/track-meter.ts';

const counts = (requests: number, failures = 0, ms = 10): TrackCounts => ({
  ...noCounts,
  requests,
  failures,
  latency: new Map([[latencyBin(ms), requests]]),
});
const bucket = (startMs: number, given: Partial<TrafficBucket>): TrafficBucket => ({
  startMs,
  weight: 25,
  stable: noCounts,
  canary: noCounts,
  ...given,
});

/** A meter since `fromMs`, as a function that returns `metric track` -> values. */
function meterFrom(fromMs: number) {
  const meter = new TrackMeter('shop', fromMs);
  return (buckets: readonly TrafficBucket[], nowMs: number, weight = 25) => {
    const values: Record<string, number[]> = {};
    for (const { metric, value, dimensions } of meter.take(buckets, weight, nowMs)) {
      expect(dimensions).toEqual({ service: 'shop', track: dimensions.track });
      (values[`${metric} ${dimensions.track}`] ??= []).push(value);
    }
    return values;
  };
}

test('the meter measures each bucket once, when it is complete, over all weights', () => {
  const take = meterFrom(100_000);
  const buckets = [
    bucket(100_000, { stable: counts(90), canary: counts(10, 4) }),
    bucket(100_000, { weight: 50, stable: counts(50), canary: counts(50, 5, 80) }),
  ];
  expect(take(buckets, 114_999)['track.requests stable']).toBeUndefined();
  expect(take(buckets, 115_000)).toEqual({
    'track.weight-percent canary': [25],
    'track.requests stable': [140],
    'track.failures stable': [0],
    'track.failure-percent stable': [0],
    'track.p95-ms stable': [expect.closeTo(10, 0)],
    'track.requests canary': [60],
    'track.failures canary': [9],
    'track.failure-percent canary': [15],
    'track.p95-ms canary': [expect.closeTo(80, -1)],
  });
  expect(take(buckets, 116_000)['track.requests stable']).toBeUndefined();
});

test('the meter measures nothing of a track without requests but the weight of the canary', () => {
  const take = meterFrom(100_000);
  expect(take([bucket(100_000, { stable: counts(9) })], 120_000, 0)).toMatchObject({
    'track.weight-percent canary': [0],
    'track.requests stable': [9],
  });
  expect(take([bucket(110_000, { stable: counts(9) })], 130_000)).not.toHaveProperty([
    'track.requests canary',
  ]);
});

test('the meter of the next leader continues without measuring a bucket twice or missing one', () => {
  const buckets = [80_000, 90_000, 100_000, 110_000, 120_000].map((startMs) =>
    bucket(startMs, { stable: counts(startMs / 1_000) }),
  );
  const takeEarlier = meterFrom(80_000);
  const earlier: number[] = [];
  for (let nowMs = 80_000; nowMs <= 107_000; nowMs += 1_000) {
    earlier.push(...(takeEarlier(buckets, nowMs)['track.requests stable'] ?? []));
  }
  const takeLater = meterFrom(108_000);
  const later = takeLater(buckets, 135_000)['track.requests stable'] ?? [];
  expect([...earlier, ...later]).toEqual([80, 90, 100, 110, 120]);
});
