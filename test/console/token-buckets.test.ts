import { expect, test } from 'vitest';
import { TokenBuckets } from '../../runtime/console/token-buckets.ts';

test('a bucket lets a burst through, then as much as its rate', () => {
  let nowMs = 0;
  const buckets = new TokenBuckets({ burst: 2, perSecond: 0.5 }, () => nowMs);
  const takeAt = (timeMs: number, name = 'ada') => {
    nowMs = timeMs;
    return buckets.take(name);
  };
  expect([0, 0, 0, 1_000, 2_000, 2_000].map((at) => takeAt(at))).toEqual([
    true,
    true,
    false,
    false,
    true,
    false,
  ]);
  expect([60_000, 60_000, 60_000].map((at) => takeAt(at))).toEqual([true, true, false]);
  expect(takeAt(60_000, 'grace')).toBe(true);
});

test('beyond 1,000 buckets, the one that was used least recently is forgotten first', () => {
  const buckets = new TokenBuckets({ burst: 1, perSecond: 0.001 }, () => 0);
  expect([buckets.take('ada'), buckets.take('grace')]).toEqual([true, true]);
  for (let client = 2; client < 1_000; client += 1) buckets.take(`client-${client}`);
  expect(buckets.take('ada')).toBe(false);
  buckets.take('one more');
  expect([buckets.take('ada'), buckets.take('grace')]).toEqual([false, true]);
});
