import { describe, expect, test } from 'vitest';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { emptyStatistics } from '../../../runtime/core/analysis/trial-statistics.ts';
import { nextTrial } from '../../../runtime/core/analysis/trial.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const canary = (overrides: object = {}) =>
  member('canary-1', 20_000, { version: '2', ...overrides });
const running = (overrides: Partial<ReleaseDocument> = {}) =>
  releaseDocument({ members: [canary()], weight: 25, updatedAt: 104_000, ...overrides });
const first = () => {
  const trial = nextTrial(undefined, running(), 105_000);
  if (trial === undefined) throw new Error('a canary with a share is on trial');
  return trial;
};
describe('a trial', () => {
  test('a trial begins with the change that gives a canary its share', () => {
    expect(first()).toMatchObject({
      versions: ['2'],
      startedAt: 104_000,
      endedAt: null,
      firstBucketMs: 100_000,
      slowAboveMs: null,
      slowFromMs: 100_000,
      settledToMs: 100_000,
      settled: emptyStatistics,
    });
    expect(nextTrial(undefined, running({ weight: 0 }), 105_000)).toBeUndefined();
    const idle = running({ members: [canary({ state: 'draining' })] });
    expect(nextTrial(undefined, idle, 105_000)).toBeUndefined();
  });

  test('a trial survives further changes of the weight', () => {
    const trial = first();
    expect(nextTrial(trial, running({ weight: 50, updatedAt: 200_000 }), 201_000)).toBe(trial);
  });

  test('a trial ends once the canary has no share, and stays ended', () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 120_000);
    expect(ended).toEqual({ ...first(), endedAt: 120_000 });
    expect(nextTrial(ended, running({ weight: 0 }), 130_000)).toBe(ended);
  });

  test('another version or another rollout begins another trial', () => {
    const other = running({ members: [canary({ version: '3' })], updatedAt: 300_000 });
    expect(nextTrial(first(), other, 301_000)).toMatchObject({
      versions: ['3'],
      startedAt: 300_000,
    });
    const again = running({ rolloutId: 'second', updatedAt: 300_000 });
    expect(nextTrial(first(), again, 301_000)).toMatchObject({ startedAt: 300_000 });
  });

  test('a trial of another rollout or version counts from its own bucket, because buckets tell canaries apart', () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 121_000);
    const soon = nextTrial(ended, running({ rolloutId: 'second', updatedAt: 126_000 }), 126_500);
    expect(soon?.firstBucketMs).toBe(120_000);
    const other = running({ members: [canary({ version: '3' })], updatedAt: 126_000 });
    expect(nextTrial(ended, other, 126_500)?.firstBucketMs).toBe(120_000);
  });

  test('a trial does not count the bucket in which the earlier one of the same canary ended', () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 121_000);
    const soon = nextTrial(ended, running({ updatedAt: 126_000 }), 126_500);
    expect(soon?.firstBucketMs).toBe(130_000);
    const later = nextTrial(ended, running({ updatedAt: 131_000 }), 131_500);
    expect(later?.firstBucketMs).toBe(130_000);
  });

  test("a trial does not count that bucket either if the judge's clock is ahead of Redis' clock", () => {
    const ended = nextTrial(first(), running({ weight: 0 }), 121_000);
    const soon = nextTrial(ended, running({ updatedAt: 119_000 }), 122_000);
    expect(soon?.firstBucketMs).toBe(130_000);
  });
});
