import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HalfCloseProbe } from '../../../../runtime/proxy/http/socket/half-close-probe.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a probe runs twice within 100 ms, so that the refusal that the first one causes is found in time', () => {
  const probe = vi.fn<() => void>();
  new HalfCloseProbe(probe).start();
  vi.advanceTimersByTime(99);
  expect(probe).toHaveBeenCalledTimes(2);
});

test('a probe never runs more often than all responses have characters in common', () => {
  const probe = vi.fn<() => void>();
  new HalfCloseProbe(probe).start();
  vi.advanceTimersByTime(3_600_000);
  expect(probe).toHaveBeenCalledTimes('HTTP/1.1 '.length);
});

test('a probe starts over with each response and stops with it', () => {
  const probe = vi.fn<() => void>();
  const probes = new HalfCloseProbe(probe);
  probes.start();
  vi.advanceTimersByTime(60);
  probes.start();
  vi.advanceTimersByTime(24);
  expect(probe).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(probe).toHaveBeenCalledTimes(2);
  probes.stop();
  vi.advanceTimersByTime(3_600_000);
  expect(probe).toHaveBeenCalledTimes(2);
});
