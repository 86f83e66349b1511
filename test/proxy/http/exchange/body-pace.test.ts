import { beforeEach, expect, test } from 'vitest';
import { BodyPace } from '../../../../runtime/proxy/http/exchange/body-pace.ts';
import { defaultLimits } from '../../../../runtime/proxy/http/contract/limits.ts';

const limits = { ...defaultLimits, bodyTimeoutMs: 10_000, bodyBytesPerSecond: 100 };
let now = 0;
let pace: BodyPace;

beforeEach(() => {
  now = 0;
  pace = new BodyPace({ after: (durationMs) => now + durationMs }, limits);
});

test('a body may be silent for the time limit', () => {
  expect(pace.deadline).toBe(10_000);
  now = 9_999;
  expect(pace.deadline).toBe(10_000);
});

test('a byte extends the deadline by its time at the lowest rate', () => {
  expect(pace.deadline).toBe(10_000);
  now = 5_000;
  pace.took(10);
  expect(pace.deadline).toBe(10_100);
});

test('a body just above the lowest rate may go on forever', () => {
  for (now = 0; now < 3_600_000; now += 1_000) {
    expect(pace.deadline).toBeGreaterThan(now);
    pace.took(101);
  }
});

test('a body below the lowest rate expires once it is behind by the time limit', () => {
  for (now = 0; now < pace.deadline; now += 1_000) pace.took(50);
  expect(now).toBe(19_000);
});

test('bytes that came fast allow no silence longer than the time limit', () => {
  expect(pace.deadline).toBe(10_000);
  now = 1_000;
  pace.took(1_000_000);
  expect(pace.deadline).toBe(11_000);
});

test('time in which the exchange does not wait for the client does not count', () => {
  expect(pace.deadline).toBe(10_000);
  pace.stop();
  now = 60_000;
  expect(pace.deadline).toBe(70_000);
});
