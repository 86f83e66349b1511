import { describe, expect, test } from 'vitest';
import { OutlierEjection } from '../../../runtime/proxy/members/outlier-ejection.ts';

describe('passive ejection', () => {
  test('is due with the fifth failure in a row', () => {
    const ejection = new OutlierEjection();
    expect(failures(ejection, 5)).toEqual([false, false, false, false, true]);
  });

  test('starts counting anew after a success', () => {
    const ejection = new OutlierEjection();
    failures(ejection, 4);
    ejection.succeeded();
    expect(failures(ejection, 5)).toEqual([false, false, false, false, true]);
  });

  test('lasts 30 s the first time and ends by itself', () => {
    const ejection = new OutlierEjection();
    expect(ejection.eject(1_000)).toBe(30_000);
    expect(ejection.isEjected(30_999)).toBe(true);
    expect(ejection.isEjected(31_000)).toBe(false);
  });

  test('lasts 30 s longer each time in a row, and never more than 5 minutes', () => {
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

  test('starts at 30 s again when the member has done well for as long as it was out', () => {
    const ejection = new OutlierEjection();
    ejection.eject(0);
    ejection.eject(30_001);
    expect(ejection.eject(90_001 + 60_000)).toBe(30_000);
  });

  test('does not count failures of requests that were sent before it', () => {
    const ejection = new OutlierEjection();
    ejection.eject(0);
    expect(failures(ejection, 9, 1)).not.toContain(true);
    expect(failures(ejection, 5, 30_000)).toEqual([false, false, false, false, true]);
  });
});

function failures(ejection: OutlierEjection, times: number, now = 0): boolean[] {
  return Array.from({ length: times }, () => ejection.failed(now));
}
