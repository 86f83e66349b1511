import { describe, expect, test } from 'vitest';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import type { HostSample } from '../../../runtime/core/host/host-sample.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import {
  hostReadings,
  trafficReadings,
  workloadReadings,
  type Reading,
} from '../../../runtime/core/alerting/readings.ts';
import {
  noCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../../runtime/core/analysis/traffic-counts.ts';

const sample: HostSample = { host: 'host-1', at: 0, disks: [], workloads: [], problems: [] };
const valueOf = (readings: readonly Reading[], metric: string, subject: string) =>
  readings.find((reading) => reading.metric === metric && reading.subject === subject)?.value;

describe('readings of a host', () => {
  test('memory that is not available counts as used', () => {
    const memory = { memoryTotalBytes: 1_000, memoryAvailableBytes: 250 };
    expect(valueOf(hostReadings({ ...sample, ...memory }), 'host.memory-percent', 'host-1')).toBe(
      75,
    );
  });

  test('a host without measurements has readings without data', () => {
    const values = hostReadings(sample).map(({ value }) => value);
    expect(values).toEqual([undefined, undefined]);
  });

  test.each([
    ['the total is 0', { memoryTotalBytes: 0, memoryAvailableBytes: 0 }],
    ['only the total is known', { memoryTotalBytes: 1_000 }],
    ['only the rest is known', { memoryAvailableBytes: 250 }],
  ])('the memory of a host has no data if %s', (_what, memory) => {
    expect(valueOf(hostReadings({ ...sample, ...memory }), 'host.memory-percent', 'host-1')).toBe(
      undefined,
    );
  });

  test('each disk of a host has its own reading', () => {
    const disks = [
      { path: '/', usedPercent: 40 },
      { path: '/data', usedPercent: 90 },
    ];
    const readings = hostReadings({ ...sample, disks });
    expect(valueOf(readings, 'host.disk-percent', 'host-1:/data')).toBe(90);
  });
});

describe('readings of a container', () => {
  test('restarts and OOM kills of a container count for ten minutes', () => {
    const workload = { id: 'c', name: 'app', restartedAt: [1_000, 500_000], oomKilledAt: [] };
    const readings = workloadReadings(sample, workload, 700_000);
    expect(valueOf(readings, 'container.restarts', 'host-1/app')).toBe(1);
    expect(valueOf(readings, 'container.oom-kills', 'host-1/app')).toBe(0);
    expect(valueOf(readings, 'container.memory-percent', 'host-1/app')).toBeUndefined();
  });

  test('a restart counts until it is ten minutes old, to the millisecond', () => {
    const workload = { id: 'c', name: 'app', restartedAt: [100_000, 100_001] };
    expect(
      valueOf(workloadReadings(sample, workload, 700_000), 'container.restarts', 'host-1/app'),
    ).toBe(1);
  });

  test('the memory of a container is measured relative to its limit', () => {
    const workload = { id: 'c', name: 'app', memoryBytes: 30, memoryLimitBytes: 120 };
    expect(
      valueOf(workloadReadings(sample, workload, 0), 'container.memory-percent', 'host-1/app'),
    ).toBe(25);
  });

  test.each([
    ['no limit is known', { memoryBytes: 30 }],
    ['the limit is 0, which means none', { memoryBytes: 30, memoryLimitBytes: 0 }],
    ['no use is known', { memoryLimitBytes: 120 }],
  ])('the memory of a container relative to its limit has no data if %s', (_what, memory) => {
    const readings = workloadReadings(sample, { id: 'c', name: 'app', ...memory }, 0);
    expect(valueOf(readings, 'container.memory-percent', 'host-1/app')).toBeUndefined();
  });

  test("containers of one name on two hosts are two subjects, and a member's subject is its id", () => {
    const subjects = ['host-1', 'host-2'].map(
      (host) => workloadReadings({ ...sample, host }, { id: host, name: 'redis' }, 0)[0]?.subject,
    );
    expect(subjects).toEqual(['host-1/redis', 'host-2/redis']);
    const member = { id: 'c', name: 'canary-1', memberId: 'canary-1' };
    expect(workloadReadings(sample, member, 0)[0]?.subject).toBe('canary-1');
  });

  test('the readings of a container name its host, member, track and version as far as they are known', () => {
    const member = { memberId: 'canary-1', track: 'canary', version: '2' } as const;
    const [known] = workloadReadings(sample, { id: 'c', name: 'app', ...member }, 0);
    expect(known?.about).toEqual({
      host: 'host-1',
      member: 'canary-1',
      track: 'canary',
      version: '2',
    });
    const [unknown] = workloadReadings(sample, { id: 'c', name: 'redis' }, 0);
    expect(unknown?.about).toEqual({ host: 'host-1' });
  });
});

describe('readings of the traffic', () => {
  const counts = (requests: number, failures: number): TrackCounts => ({
    ...noCounts,
    requests,
    failures,
    latency: new Map([[latencyBin(100), requests]]),
  });
  const buckets: TrafficBucket[] = [
    { startMs: 60_000, weight: 10, stable: counts(1_000, 1_000), canary: counts(100, 100) },
    { startMs: 90_000, weight: 10, stable: counts(60, 5), canary: counts(15, 0) },
    { startMs: 90_000, weight: excluded, stable: counts(40, 5), canary: counts(5, 1) },
    { startMs: 110_000, weight: 20, stable: counts(100, 0), canary: counts(10, 0) },
  ];

  test('readings of the traffic cover the last half minute, excluded requests too', () => {
    const trial = { rolloutId: 'rollout-1', versions: ['2'], firstBucketMs: 60_000 };
    const readings = trafficReadings(buckets, trial, 115_000);
    expect(valueOf(readings, 'track.failure-percent', 'stable')).toBe(5);
    expect(valueOf(readings, 'track.p95-ms', 'stable')).toBeGreaterThan(99);
  });

  test('readings of the traffic begin with the bucket that ends within the half minute', () => {
    const valueAt = (nowMs: number) =>
      valueOf(trafficReadings(buckets, undefined, nowMs), 'track.failure-percent', 'stable');
    expect(valueAt(99_999)).toBeCloseTo(84.17, 2);
    expect(valueAt(100_000)).toBe(5);
  });

  test('readings of the traffic need 20 requests', () => {
    const of = (requests: number) => {
      const recent = [
        { startMs: 90_000, weight: 0, stable: counts(requests, 1), canary: counts(0, 0) },
      ];
      return valueOf(trafficReadings(recent, undefined, 95_000), 'track.failure-percent', 'stable');
    };
    expect([of(19), of(20)]).toEqual([undefined, 5]);
  });

  test('readings of the canary begin with its trial, and need enough requests', () => {
    const since = (firstBucketMs: number) => {
      const trial = { rolloutId: 'rollout-1', versions: ['2'], firstBucketMs };
      return valueOf(trafficReadings(buckets, trial, 115_000), 'track.failure-percent', 'canary');
    };
    expect(since(90_000)).toBeCloseTo(3.33, 2);
    expect(since(110_000)).toBeUndefined();
    const labelled = buckets.map((bucket) => ({ ...bucket, rolloutId: 'rollout-1' }));
    const other = { rolloutId: 'rollout-2', versions: ['2'], firstBucketMs: 60_000 };
    const readings = trafficReadings(labelled, other, 115_000);
    expect(valueOf(readings, 'track.failure-percent', 'canary')).toBeUndefined();
    const none = trafficReadings(buckets, undefined, 115_000);
    expect(none.some(({ subject }) => subject === 'canary')).toBe(false);
  });
});
