import { expect, test } from 'vitest';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { RecentLatency } from '../../../runtime/proxy/members/recent-latency.ts';

/** Number of answers in a window. */
const answers = ([, ...counts]: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

test('answers are counted for 50 to 60 seconds', () => {
  const latency = new RecentLatency();
  const seen: number[] = [];
  for (let second = 0; second < 200; second += 1) {
    if (second < 100) latency.add(20);
    seen.push(answers(latency.read(second * 1_000)));
  }
  expect(seen[0]).toBe(1);
  expect(seen[49]).toBe(50);
  for (const count of seen.slice(60, 100)) {
    expect(count).toBeGreaterThanOrEqual(50);
    expect(count).toBeLessThanOrEqual(60);
  }
  expect(seen[149]).toBeGreaterThan(0);
  expect(seen[161]).toBe(0);
});

test('a window is what a report needs of it: its first bin and the counts from there', () => {
  const latency = new RecentLatency();
  expect(latency.read(0)).toEqual([]);
  latency.add(20);
  latency.add(20);
  latency.add(21);
  const bin = latencyBin(20);
  expect(latency.read(1_000)).toEqual([bin, 2, 1]);
  expect(latencyBin(21)).toBe(bin + 1);
});

test('a window that nobody read for long ends with the last reading', () => {
  const latency = new RecentLatency();
  latency.read(0);
  latency.add(20);
  expect(answers(latency.read(600_000))).toBe(1);
  expect(answers(latency.read(601_000))).toBe(1);
  expect(answers(latency.read(661_000))).toBe(0);
});
