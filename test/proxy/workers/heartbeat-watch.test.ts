import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HeartbeatWatch } from '../../../runtime/proxy/workers/heartbeat-watch.ts';
import { heartbeatMs } from '../../../runtime/proxy/workers/worker-messages.ts';

const onSilent = vi.fn<() => void>();
let watch: HeartbeatWatch;

beforeEach(() => {
  vi.useFakeTimers();
  onSilent.mockClear();
  watch = new HeartbeatWatch(5_000, onSilent);
});
afterEach(() => void vi.useRealTimers());

test('a process that sends heartbeats is not reported', () => {
  for (let beats = 0; beats < 100; beats += 1) {
    watch.beat();
    vi.advanceTimersByTime(4_000);
  }
  expect(onSilent).not.toHaveBeenCalled();
});

test('silence is reported once, at most one heartbeat after the timeout', () => {
  watch.beat();
  vi.advanceTimersByTime(5_000);
  expect(onSilent).not.toHaveBeenCalled();
  vi.advanceTimersByTime(heartbeatMs);
  expect(onSilent).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(onSilent).toHaveBeenCalledTimes(1);
});

test('a process is not reported before its first heartbeat', () => {
  vi.advanceTimersByTime(3_600_000);
  expect(onSilent).not.toHaveBeenCalled();
});

test('a process that has ended is not reported', () => {
  watch.beat();
  watch.stop();
  vi.advanceTimersByTime(3_600_000);
  expect(onSilent).not.toHaveBeenCalled();
});
