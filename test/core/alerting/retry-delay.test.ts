import { expect, test } from 'vitest';
import { maxAttempts, retryDelayMs } from '../../../runtime/core/alerting/retry-delay.ts';

test('the retry delay doubles from about a second to about two minutes, with jitter', () => {
  const first = Array.from({ length: 1_000 }, (_, index) => retryDelayMs(1, `${index}-0`));
  expect(Math.min(...first)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...first)).toBeLessThanOrEqual(1_000);
  expect(new Set(first).size).toBeGreaterThan(300);
  expect(retryDelayMs(4, '1-0')).toBeGreaterThanOrEqual(4_000);
  expect(retryDelayMs(maxAttempts, '1-0')).toBeLessThanOrEqual(120_000);
});

test('the attempts outlast an outage of several hours', () => {
  const total = Array.from({ length: maxAttempts }, (_, index) => retryDelayMs(index + 1, '1-0'));
  expect(total.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThan(4 * 3_600_000);
});
