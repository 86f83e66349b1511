import { expect, test } from 'vitest';
import { RestartBackoff } from '../../../runtime/proxy/workers/restart-backoff.ts';

test('the delay is 0 for the first death, then doubles up to 10 s', () => {
  const backoff = new RestartBackoff();
  expect(Array.from({ length: 9 }, () => backoff.delayMs(100))).toEqual([
    0, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000,
  ]);
});

test('a worker that lived for a minute resets the delay', () => {
  const backoff = new RestartBackoff();
  for (let death = 0; death < 5; death += 1) backoff.delayMs(100);
  expect([backoff.delayMs(60_000), backoff.delayMs(100)]).toEqual([0, 200]);
});
