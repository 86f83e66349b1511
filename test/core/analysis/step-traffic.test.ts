import { expect, test } from 'vitest';
import { excluded, type Split } from '../../../runtime/contract/traffic-fields.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { stepTraffic, stepTrafficFromMs } from '../../../runtime/core/analysis/step-traffic.ts';
import { noCounts, type TrafficBucket } from '../../../runtime/core/analysis/traffic-counts.ts';
import { canaryKeyOf } from '../../../runtime/core/release/release-document.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const minuteMs = 60_000;
const startMs = 100 * minuteMs;

const rolling = releaseDocument({
  rolloutId: 'r2',
  phase: 'progressing',
  step: 1,
  stepStartedAt: startMs + 4_000,
  weight: 25,
  plan: [
    { weight: 5, minDurationMs: 0, deadlineMs: null, onDeadline: 'pause' },
    { weight: 25, minDurationMs: minuteMs, deadlineMs: null, onDeadline: 'pause' },
  ],
  members: [member('stable-1', 20_000), member('canary-1', 20_001, { version: '2' })],
});
const ejected = {
  ...rolling,
  phase: 'aborted' as const,
  weight: 0,
  members: [member('canary-1', 20_001, { version: '2', state: 'ejected' })],
};

const ofStep: Split = { weight: 25, rolloutId: 'r2', canaryKey: canaryKeyOf(['2']) };

/** Bucket with 900 stable requests of 10 ms, and 100 of the canary, 3 of them failed, of 40 ms. */
function bucket(split: Split = ofStep): TrafficBucket {
  const counts = (requests: number, failures: number, latencyMs: number) => ({
    ...noCounts,
    requests,
    failures,
    latency: new Map([[latencyBin(latencyMs), requests]]),
  });
  return { ...split, startMs, stable: counts(900, 0, 10), canary: counts(100, 3, 40) };
}

test('the traffic of a step is that of its split, summed over its buckets', () => {
  const traffic = stepTraffic(rolling, [bucket(), bucket()], startMs);
  expect(traffic).toMatchObject({
    fromMs: startMs,
    stable: { requests: 1_800, errors: 0, errorPercent: 0 },
    canary: { requests: 200, errors: 6, errorPercent: 3 },
  });
  expect(Math.round(traffic?.stable.p95Ms ?? 0)).toBe(10);
  expect(Math.round((traffic?.canary.p95Ms ?? 0) / 10)).toBe(4);
});

test.for<[string, Split]>([
  ['testers and retries', { ...ofStep, weight: excluded }],
  ['a canary without a share', { ...ofStep, weight: 0 }],
  ['the step before', { ...ofStep, weight: 5 }],
  ['another rollout', { ...ofStep, rolloutId: 'r1' }],
  ['another version of the canary', { ...ofStep, canaryKey: canaryKeyOf(['1.9']) }],
])('requests of %s do not count', ([, split]) => {
  expect(stepTraffic(rolling, [bucket(split)], startMs)).toEqual({
    fromMs: startMs,
    stable: { requests: 0, errors: 0, errorPercent: null, p95Ms: null },
    canary: { requests: 0, errors: 0, errorPercent: null, p95Ms: null },
  });
});

test('a rollout without steps counts at every weight that a person sets', () => {
  const [first] = rolling.plan;
  const plain = { ...rolling, step: 0, plan: first === undefined ? [] : [first] };
  expect(stepTraffic(plain, [bucket()], startMs)?.canary.requests).toBe(100);
});

test('an ejected canary keeps the traffic of its last step', () => {
  expect(stepTraffic(ejected, [bucket()], startMs)?.canary).toMatchObject({ errors: 3 });
});

test('a rollout that ended before what Redis has shows no traffic instead of zero', () => {
  expect(stepTraffic(ejected, [], startMs)).toBeNull();
});

test('the traffic of a step begins with the bucket of its start, or with what Redis still has', () => {
  expect(stepTrafficFromMs(rolling, startMs + minuteMs)).toBe(startMs);
  expect(stepTrafficFromMs(rolling, startMs + 180 * minuteMs)).toBe(startMs + 60 * minuteMs);
});

test.for(['idle', 'succeeded'] as const)('a rollout that is %s has no step', (phase) => {
  expect(stepTrafficFromMs({ ...rolling, phase }, startMs)).toBeUndefined();
});
