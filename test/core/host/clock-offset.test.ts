import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClockOffset } from '../../../runtime/core/host/clock-offset.ts';

test('the offset is unknown before the first sample', () => {
  expect(new ClockOffset().ms).toBeUndefined();
});

test('the answer is taken for the middle of the round trip', () => {
  const offset = new ClockOffset();
  offset.take({ askedAt: 1_000, roundTripMs: 10, answerMs: 61_005 });
  expect(offset.ms).toBe(60_000);
});

test('the shortest of the last five round trips wins', () => {
  const offset = new ClockOffset();
  offset.take({ askedAt: 0, roundTripMs: 400, answerMs: 1_120 });
  offset.take({ askedAt: 5_000, roundTripMs: 2, answerMs: 6_001 });
  for (const askedAt of [10_000, 15_000, 20_000, 25_000]) {
    offset.take({ askedAt, roundTripMs: 400, answerMs: askedAt + 1_120 });
    expect(offset.ms).toBe(1_000);
  }
  offset.take({ askedAt: 30_000, roundTripMs: 400, answerMs: 31_120 });
  expect(offset.ms).toBe(920);
});

test.each([60_000, -60_000, 500])(
  'a step of the other clock by %d ms is followed at once',
  (step) => {
    const offset = new ClockOffset();
    for (const askedAt of [0, 5_000, 10_000]) {
      offset.take({ askedAt, roundTripMs: 1, answerMs: askedAt + 0.5 });
    }
    offset.take({ askedAt: 15_000, roundTripMs: 300, answerMs: 15_150 + step });
    expect(offset.ms).toBe(step);
  },
);

test('the offset is never wrong by more than half of the shortest round trip', () => {
  const sample = fc.record({
    roundTripMs: fc.double({ min: 0, max: 500, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.array(sample, { minLength: 1, maxLength: 20 }),
      (trueMs, samples) => {
        const offset = new ClockOffset();
        for (const [index, { roundTripMs, share }] of samples.entries()) {
          const askedAt = index * 5_000;
          const answerMs = askedAt + share * roundTripMs + trueMs;
          offset.take({ askedAt, roundTripMs, answerMs });
        }
        const shortest = Math.min(...samples.slice(-5).map(({ roundTripMs }) => roundTripMs));
        expect(Math.abs((offset.ms ?? 0) - trueMs)).toBeLessThanOrEqual(shortest / 2 + 1e-3);
      },
    ),
  );
});
