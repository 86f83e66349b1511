import { expect, test } from 'vitest';
import { OutlierEjection } from '../../../runtime/proxy/members/outlier-ejection.ts';

test('the fifth failure in a row ejects a member', () => {
  const ejection = new OutlierEjection();
  expect(failures(ejection, 5)).toEqual([false, false, false, false, true]);
});

test('a success resets the count of failures', () => {
  const ejection = new OutlierEjection();
  failures(ejection, 4);
  ejection.succeeded();
  expect(failures(ejection, 5)).toEqual([false, false, false, false, true]);
});

test('answers of 5xx eject a member once another one has answered well since the first failure', () => {
  const ejection = new OutlierEjection();
  for (let now = 10; now < 20; now += 1) expect(ejection.failed(now, 10)).toBe(false);
  expect(ejection.failed(20, 10.5)).toBe(true);
});

test('the first ejection lasts 30 s and ends by itself', () => {
  const ejection = new OutlierEjection();
  expect(ejection.eject(1_000)).toBe(30_000);
  expect(ejection.isEjected(30_999)).toBe(true);
  expect(ejection.isEjected(31_000)).toBe(false);
});

test('each ejection in a row lasts 30 s longer, up to 5 minutes', () => {
  const ejection = new OutlierEjection();
  const lengths: number[] = [];
  let now = 0;
  for (let time = 1; time <= 12; time += 1) {
    const ms = ejection.eject(now);
    lengths.push(ms / 1_000);
    now += ms + 1;
  }
  expect(lengths).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
});

test('an ejection lasts 30 s again after the member has worked for as long as its last ejection', () => {
  const ejection = new OutlierEjection();
  ejection.eject(0);
  ejection.eject(30_001);
  expect(ejection.eject(90_001 + 60_000)).toBe(30_000);
});

test('failures during an ejection do not count', () => {
  const ejection = new OutlierEjection();
  ejection.eject(0);
  expect(failures(ejection, 9, 1)).not.toContain(true);
  expect(failures(ejection, 5, 30_000)).toEqual([false, false, false, false, true]);
});

function failures(ejection: OutlierEjection, times: number, now = 0): boolean[] {
  return Array.from({ length: times }, () => ejection.failed(now));
}
