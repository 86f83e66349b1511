import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Clock } from '../../../../runtime/proxy/http/socket/clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a limit that is set while the clock stands begins now, not when it stopped', () => {
  const clock = new Clock();
  const first = { inClock: { index: -1 }, deadline: Infinity, expired: () => {} };
  clock.add(first);
  clock.delete(first);
  vi.advanceTimersByTime(60_000);

  const expired = vi.fn<() => void>();
  clock.add({ inClock: { index: -1 }, deadline: clock.after(10_000), expired });
  vi.advanceTimersByTime(10_000);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(expired).toHaveBeenCalled();
});

test('the clock of a server that has never had a connection stands too', () => {
  const clock = new Clock();
  vi.advanceTimersByTime(60_000);
  expect(clock.after(10_000)).toBeGreaterThanOrEqual(performance.now() + 10_000);
});
