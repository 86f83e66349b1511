import { expect, test } from 'vitest';
import {
  hitBit,
  hitsIn,
  memoryLength,
  memoryText,
  noHits,
  rolloutMark,
} from '../../../runtime/core/routing/client-memory.ts';

const mark = rolloutMark('rollout-1');

test('a memory is read back in its rollout and empty in another one', () => {
  for (let hits = 0; hits < 8; hits += 1) {
    const text = memoryText(mark, hits);
    expect(text).toHaveLength(memoryLength);
    expect(hitsIn(text, mark)).toBe(hits);
    expect(hitsIn(text, rolloutMark('rollout-2'))).toBe(noHits);
  }
});

test('the bits of the metrics stand in cookies and do not change', () => {
  expect([hitBit('errors'), hitBit('latency'), hitBit('rejections')]).toEqual([1, 2, 4]);
});

test('the marks of 10,000 rollouts hardly ever meet', () => {
  const marks = Array.from({ length: 10_000 }, (_, index) => rolloutMark(`rollout-${index}`));
  expect(new Set(marks).size).toBeGreaterThan(9_990);
  expect(marks.filter((one) => !/^[0-9a-z]{5}$/.test(one))).toEqual([]);
});
