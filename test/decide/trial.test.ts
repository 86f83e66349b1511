import { describe, expect, it } from 'vitest';
import { unsplit, type SplitWeight } from '../../runtime/contract/traffic-fields.ts';
import type { ReleaseDocument } from '../../runtime/decide/release-document.ts';
import { noCounts, type TrafficBucket } from '../../runtime/decide/traffic.ts';
import { nextTrial, trialBuckets, withBaseline } from '../../runtime/decide/trial.ts';
import { latencyBin } from '../../runtime/decide/latency-histogram.ts';
import { member, releaseDocument } from '../support/release-document.ts';

const canary = (overrides: object = {}) =>
  member('canary-1', 20_000, { version: '2', ...overrides });
const running = (overrides: Partial<ReleaseDocument> = {}) =>
  releaseDocument({ members: [canary()], weight: 25, updatedAt: 104_000, ...overrides });
const first = () => {
  const trial = nextTrial(undefined, running(), 105_000);
  if (trial === undefined) throw new Error('a canary with a share is on trial');
  return trial;
};
const bucket = (
  startMs: number,
  requests: number,
  latencyMs: number,
  weight: SplitWeight = 25,
): TrafficBucket => {
  const counts = { requests, failures: 0, latency: new Map([[latencyBin(latencyMs), requests]]) };
  return { startMs, weight, stable: counts, canary: { ...counts, requests: 1 } };
};

describe('a trial', () => {
  it('begins with the change that gives a canary its share', () => {
    expect(first()).toMatchObject({
      versions: ['2'],
      startedAt: 104_000,
      endedAt: null,
      firstBucketMs: 100_000,
      slowAboveMs: null,
    });
    expect(nextTrial(undefined, running({ weight: 0 }), 105_000)).toBeUndefined();
    const idle = running({ members: [canary({ state: 'draining' })] });
    expect(nextTrial(undefined, idle, 105_000)).toBeUndefined();
  });

  it('is the same through further changes of the weight', () => {
    const trial = first();
    expect(nextTrial(trial, running({ weight: 50, updatedAt: 200_000 }), 201_000)).toBe(trial);
  });

  it('ends when the canary has no share any more, and stays ended', () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 120_000);
    expect(ended).toEqual({ ...first(), endedAt: 120_000 });
    expect(nextTrial(ended, running({ weight: 0 }), 130_000)).toBe(ended);
  });

  it('is another one for another version or another rollout', () => {
    const other = running({ members: [canary({ version: '3' })], updatedAt: 300_000 });
    expect(nextTrial(first(), other, 301_000)).toMatchObject({
      versions: ['3'],
      startedAt: 300_000,
    });
    const again = running({ rolloutId: 'second', updatedAt: 300_000 });
    expect(nextTrial(first(), again, 301_000)).toMatchObject({ startedAt: 300_000 });
  });

  it('does not count the bucket in which an earlier one ended', () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 121_000);
    const soon = nextTrial(ended, running({ updatedAt: 126_000 }), 126_500);
    expect(soon?.firstBucketMs).toBe(130_000);
    const later = nextTrial(ended, running({ updatedAt: 131_000 }), 131_500);
    expect(later?.firstBucketMs).toBe(130_000);
  });

  it('does not count it either when the clock of the judge runs ahead of that of Redis', () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 121_000);
    const soon = nextTrial(ended, running({ updatedAt: 119_000 }), 122_000);
    expect(soon?.firstBucketMs).toBe(130_000);
  });
});

describe('what counts in a trial', () => {
  const counting = (...buckets: TrafficBucket[]) =>
    trialBuckets(first(), buckets).map(({ startMs, weight }) => [startMs, weight]);

  it('are its own buckets, with every weight in them', () => {
    const own = [bucket(100_000, 1, 10, 5), bucket(100_000, 1, 10, 50), bucket(110_000, 1, 10, 50)];
    expect(counting(bucket(90_000, 1, 10, 5), ...own)).toEqual([
      [100_000, 5],
      [100_000, 50],
      [110_000, 50],
    ]);
  });

  it('are neither requests that no chance gave to their track, nor those of stable alone', () => {
    expect(counting(bucket(100_000, 1, 10, 0), bucket(100_000, 1, 10, unsplit))).toEqual([]);
  });
});

describe('what is slow', () => {
  const settings = { neverSlowMs: 50 };

  it('is frozen at the stable p95 from before the trial', () => {
    const buckets = [bucket(90_000, 100, 200), bucket(100_000, 1_000, 900)];
    const trial = withBaseline(first(), buckets, settings, 105_000);
    expect(trial.slowAboveMs).toBeGreaterThan(190);
    expect(trial.slowAboveMs).toBeLessThan(220);
    expect(withBaseline(trial, [bucket(90_000, 100, 900)], settings, 106_000)).toBe(trial);
    expect(trialBuckets(trial, buckets)).toEqual([buckets[1]]);
  });

  it('is frozen in the trial when too little was known before, and counts from then on', () => {
    expect(withBaseline(first(), [bucket(100_000, 99, 200)], settings, 105_000)).toEqual(first());
    const buckets = [bucket(100_000, 100, 200), bucket(110_000, 100, 200)];
    const trial = withBaseline(first(), buckets, settings, 108_000);
    expect(trial.slowFromMs).toBe(110_000);
    const [early, late] = trialBuckets(trial, buckets);
    expect(early?.stable).toEqual({ ...noCounts, requests: 100 });
    expect(late).toBe(buckets[1]);
  });

  it('never is what takes less than a person would notice', () => {
    const trial = withBaseline(first(), [bucket(90_000, 100, 2)], settings, 105_000);
    expect(trial.slowAboveMs).toBe(50);
  });
});
