import { describe, expect, test } from 'vitest';
import { RestartBackoff } from '../../../runtime/proxy/workers/restart-backoff.ts';

describe('the restart backoff', () => {
  test('replaces a worker at once the first time, then later and later, up to 10 s', () => {
    const backoff = new RestartBackoff();
    expect(Array.from({ length: 9 }, () => backoff.delayMs(100))).toEqual([
      0, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
    ]);
  });

  test('begins anew after a worker that lived for a minute', () => {
    const backoff = new RestartBackoff();
    for (let death = 0; death < 5; death += 1) backoff.delayMs(100);
    expect([backoff.delayMs(60_000), backoff.delayMs(100)]).toEqual([0, 200]);
  });
});
