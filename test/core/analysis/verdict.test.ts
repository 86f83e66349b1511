import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultVerdictSettings } from '../../../runtime/core/analysis/verdict.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import {
  noCounts,
  type TrackCounts,
  type TrafficBucket,
} from '../../../runtime/core/analysis/traffic-counts.ts';
import { verdictOn } from '../../support/judge/verdict.ts';

function counts(requests: number, failures: number, slow = 0): TrackCounts {
  const latency = new Map([[latencyBin(10), requests - slow]]);
  if (slow > 0) latency.set(latencyBin(900), slow);
  return { ...noCounts, requests, failures, latency };
}

function bucket(index: number, stable: TrackCounts, canary: TrackCounts): TrafficBucket {
  return { startMs: index * 10_000, weight: 25, stable, canary };
}

function times(count: number, stable: TrackCounts, canary: TrackCounts): TrafficBucket[] {
  return Array.from({ length: count }, (_, index) => bucket(index, stable, canary));
}

test('no data is inconclusive, never safe', () => {
  expect(verdictOn([])).toMatchObject({
    kind: 'inconclusive',
    evidence: { rule: 'none', safetyScore: 0 },
  });
  expect(verdictOn(times(100, counts(500, 0), counts(0, 0)))).toMatchObject({
    kind: 'inconclusive',
  });
});

test('a canary that fails more than stable is harmful, and the evidence says why', () => {
  const verdict = verdictOn(times(3, counts(30, 0), counts(10, 4)));
  expect(verdict).toMatchObject({
    kind: 'harmful',
    evidence: {
      rule: 'errors',
      canary: { requests: 30, failures: 12 },
      stable: { requests: 90, failures: 0 },
      harmfulFrom: 40,
      buckets: { count: 3, firstMs: 0, lastMs: 20_000 },
    },
  });
  expect(verdict.evidence.eValues.errors).toBeGreaterThan(40);
  expect(verdict.sentence).toMatch(
    /^12 of 30 canary requests \(40\.0%\) failed, against 0 of 90 stable requests /,
  );
});

test.each([
  [2, /in fewer than 1 of 215 rollouts$/],
  [3, /in fewer than 1 of 6,500 rollouts$/],
  [500, /in fewer than 1 of a million rollouts$/],
])('the evidence of %d failures has a readable sentence', (failures, end) => {
  const verdict = verdictOn(times(1, counts(30 * failures, 0), counts(failures, failures)));
  expect(verdict.kind).toBe('harmful');
  expect(verdict.sentence).toMatch(end);
});

test('a canary that is slower than the stable p95 from before is harmful', () => {
  expect(verdictOn(times(3, counts(30, 0, 1), counts(10, 0, 8)))).toMatchObject({
    kind: 'harmful',
    evidence: { rule: 'latency', canary: { timed: 30, slow: 24 }, slowAboveMs: 100 },
    sentence: expect.stringMatching(
      /^24 of 30 canary requests \(80\.0%\) took longer than 100 ms, against 3 of 90 /,
    ),
  });
});

test('the percentage of slow requests is that of requests with a known latency', () => {
  const untimed = { ...noCounts, requests: 500 };
  const { sentence } = verdictOn([
    bucket(0, untimed, untimed),
    bucket(1, counts(90, 0, 3), counts(30, 0, 24)),
  ]);
  expect(sentence).toContain('24 of 30 canary requests (80.0%) took longer than 100 ms');
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

test('alpha is split evenly over both metrics', () => {
  const settings = { ...defaultVerdictSettings, alpha: 0.2 };
  const { evidence } = verdictOn(times(1, counts(30, 0), counts(10, 2)), { settings });
  expect(evidence.harmfulFrom).toBe(10);
  const kindFrom = (alpha: number) =>
    verdictOn(times(1, counts(30, 0), counts(10, 2)), {
      settings: { ...defaultVerdictSettings, alpha },
    }).kind;
  const { errors } = evidence.eValues;
  expect([kindFrom(2 / (errors * 0.999)), kindFrom(2 / (errors * 1.001))]).toEqual([
    'harmful',
    'inconclusive',
  ]);
});

test('the first of several hard failures is the reason', () => {
  const hardFailure = (kind: 'unhealthy' | 'crash-loop') => ({
    kind,
    member: 'canary-1',
    sentence: kind,
  });
  const { sentence, evidence } = verdictOn([], {
    hardFailures: [hardFailure('unhealthy'), hardFailure('crash-loop')],
  });
  expect([sentence, evidence.rule]).toEqual(['unhealthy', 'unhealthy']);
});

test('latency is not judged while the p95 is not known', () => {
  expect(
    verdictOn(times(3, counts(30, 0), counts(10, 0, 10)), { slowAboveMs: undefined }).kind,
  ).not.toBe('harmful');
});

test('a canary that answers well for long enough is safe', () => {
  expect(verdictOn(times(6, counts(90, 0), counts(10, 0))).kind).toBe('inconclusive');
  expect(verdictOn(times(7, counts(90, 0), counts(10, 0)))).toMatchObject({
    kind: 'safe',
    evidence: { rule: 'safety' },
    sentence: '0 of 70 canary requests (0.0%) failed: safe',
  });
});

test('an outage of both tracks is neither harmful nor safe', () => {
  expect(verdictOn(times(6, counts(90, 85), counts(10, 9))).kind).toBe('inconclusive');
});

test('an outage of both tracks that begins with a step of the weight is not harmful', () => {
  const before = { ...bucket(0, counts(475, 0), counts(25, 0)), weight: 5 };
  const after = { ...bucket(0, counts(250, 200), counts(250, 200)), weight: 50 };
  const { kind, evidence } = verdictOn([before, after]);
  expect(kind).toBe('inconclusive');
  expect(evidence.eValues.errors).toBeLessThan(1);
  expect(evidence.buckets.count).toBe(1);
  // The same requests without their weights would.
  expect(verdictOn([bucket(0, counts(725, 200), counts(275, 200))]).kind).toBe('harmful');
});

test('harm comes before safety', () => {
  const good = times(50, counts(90, 0), counts(50, 0));
  const bad = Array.from({ length: 4 }, (_, index) =>
    bucket(50 + index, counts(90, 0), counts(10, 4)),
  );
  expect(verdictOn([...good, ...bad]).kind).toBe('harmful');
});

test('a hard failure needs no statistics', () => {
  const hardFailure = {
    kind: 'oom-killed',
    member: 'canary-1',
    sentence: 'canary-1 was killed for its memory',
  } as const;
  expect(
    verdictOn(times(50, counts(90, 0), counts(50, 0)), { hardFailures: [hardFailure] }),
  ).toMatchObject({
    kind: 'harmful',
    sentence: 'canary-1 was killed for its memory',
    evidence: { rule: 'oom-killed' },
  });
});

test('evidence survives JSON, however strong it is', () => {
  const sample = fc
    .nat({ max: 5_000 })
    .chain((n) => fc.nat({ max: n }).map((bad) => counts(n, bad)));
  fc.assert(
    fc.property(fc.array(fc.tuple(sample, sample), { maxLength: 20 }), (samples) => {
      const { evidence } = verdictOn(
        samples.map(([stable, canary], index) => bucket(index, stable, canary)),
      );
      expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
    }),
    { numRuns: 50 },
  );
});
