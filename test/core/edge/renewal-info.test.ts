import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  expiryThresholds,
  renewalByAgeMs,
} from '../../../runtime/core/edge/certificate-lifetime.ts';
import {
  pauseAfterAnswerMs,
  pauseAfterFailureMs,
  renewalAnswerSchema,
  renewalMs,
} from '../../../runtime/core/edge/renewal-info.ts';

const dayMs = 86_400_000;
const ninety = { notBeforeMs: 0, notAfterMs: 90 * dayMs };

test('a certificate of 90 days is renewed after 57 to 60 days where the authority suggests nothing', () => {
  const times = Array.from({ length: 500 }, (_, index) => renewalByAgeMs(ninety, `id-${index}`));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(57 * dayMs);
  expect(Math.max(...times)).toBeLessThanOrEqual(60 * dayMs);
  // Spread, and the same for every proxy.
  expect(new Set(times).size).toBeGreaterThan(400);
  expect(renewalByAgeMs(ninety, 'id-1')).toBe(times[1]);
});

test('an expiry is an incident 14 and 3 days before, and later for shorter certificates', () => {
  expect(expiryThresholds(ninety)).toEqual({ expiringMs: 14 * dayMs, expiringSoonMs: 3 * dayMs });
  const six = expiryThresholds({ notBeforeMs: 0, notAfterMs: 6 * dayMs });
  expect(six.expiringMs).toBe(dayMs);
  expect(six.expiringSoonMs).toBeLessThan(dayMs / 4);
});

test('the renewal is at one time in the window of the authority, which follows the window', () => {
  const window = { startMs: 40 * dayMs, endMs: 42 * dayMs };
  const times = Array.from({ length: 500 }, (_, index) =>
    renewalMs({ ...ninety, id: `id-${index}`, window }),
  );
  expect(Math.min(...times)).toBeGreaterThanOrEqual(window.startMs);
  expect(Math.max(...times)).toBeLessThanOrEqual(window.endMs);
  expect(new Set(times).size).toBeGreaterThan(400);
  // A window in the past, as after a revocation, is due at once.
  const past = { startMs: -2 * dayMs, endMs: -dayMs };
  expect(renewalMs({ ...ninety, id: 'id-1', window: past })).toBeLessThan(0);
});

test('a window after the end of the certificate does not prevent its renewal', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1_000 }),
      fc.integer({ min: 1, max: 100 }),
      (start, days) => {
        const window = { startMs: start * dayMs, endMs: (start + days) * dayMs };
        expect(renewalMs({ ...ninety, id: 'id', window })).toBeLessThanOrEqual(75 * dayMs);
      },
    ),
  );
});

test('an answer without a window, or with one that ends before its start, is none', () => {
  const answer = (start: string, end: string) => ({ suggestedWindow: { start, end } });
  const good = answer('2026-01-01T00:00:00Z', '2026-01-02T00:00:00+01:00');
  expect(renewalAnswerSchema.parse({ ...good, explanationURL: 'https://a.test/why' })).toEqual({
    startMs: Date.UTC(2026, 0, 1),
    endMs: Date.UTC(2026, 0, 1, 23),
    explanationUrl: 'https://a.test/why',
  });
  for (const bad of [
    {},
    answer('2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z'),
    answer('2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'),
    answer('soon', 'later'),
  ]) {
    expect(renewalAnswerSchema.safeParse(bad).success).toBe(false);
  }
});

test('the authority is asked again after its Retry-After, but at least once a day and not every second', () => {
  expect(pauseAfterAnswerMs(0)).toBe(60_000);
  expect(pauseAfterAnswerMs(3_600_000)).toBe(3_600_000);
  expect(pauseAfterAnswerMs(100 * dayMs)).toBe(dayMs);
  expect(pauseAfterAnswerMs(undefined)).toBe(dayMs / 4);
  expect([1, 2, 3, 50].map(pauseAfterFailureMs)).toEqual([60_000, 120_000, 240_000, dayMs / 4]);
});
