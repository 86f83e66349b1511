import { expect, test } from 'vitest';
import {
  untrustedSeconds,
  type AfterRestart,
} from '../../../runtime/core/release/after-restart.ts';

/** Redis that started in the second 100,000 and has run for 3 s. */
const restarted: AfterRestart = {
  uptimeSeconds: 3,
  keepsData: true,
  nowMs: 103_400,
  hasDocument: true,
  known: [],
};

function proxy(id: string, firstReportMs: number, lastReportMs: number) {
  return { id, firstReportMs, lastReportMs };
}

test('a document counts once every known proxy has reported since the start of Redis', () => {
  const silent = proxy('web-1-0-aaaaaa', 5_000, 100_900);
  expect(untrustedSeconds({ ...restarted, known: [silent] })).toBe(2);
  const back = proxy('web-1-0-aaaaaa', 5_000, 101_000);
  expect(untrustedSeconds({ ...restarted, known: [back] })).toBe(0);
  const other = proxy('web-2-0-bbbbbb', 5_000, 99_000);
  expect(untrustedSeconds({ ...restarted, known: [back, other] })).toBe(2);
});

test('a report of the future is from before the clock was set back, and does not count', () => {
  const known = [proxy('web-1-0-aaaaaa', 5_000, 103_401)];
  expect(untrustedSeconds({ ...restarted, known })).toBe(2);
});

test('a known proxy that is gone delays changes for five seconds alone', () => {
  const known = [proxy('web-1-0-aaaaaa', 5_000, 99_000)];
  expect(untrustedSeconds({ ...restarted, known, uptimeSeconds: 4 })).toBe(1);
  expect(untrustedSeconds({ ...restarted, known, uptimeSeconds: 5 })).toBe(0);
});

test('a proxy that another process has replaced is not waited for', () => {
  const known = [proxy('web-1-0-aaaaaa', 5_000, 99_000), proxy('web-1-0-bbbbbb', 102_000, 102_000)];
  expect(untrustedSeconds({ ...restarted, known })).toBe(0);
});

test('a Redis without a document that keeps its data counts once proxies had time to report', () => {
  expect(untrustedSeconds({ ...restarted, hasDocument: false })).toBe(2);
  expect(untrustedSeconds({ ...restarted, hasDocument: false, uptimeSeconds: 5 })).toBe(0);
  expect(untrustedSeconds({ ...restarted, hasDocument: false, keepsData: false })).toBe(0);
});

test('a new Redis that proxies find at once does not delay changes', () => {
  const known = [proxy('web-1-0-aaaaaa', 100_100, 100_100)];
  const young = { ...restarted, uptimeSeconds: 0, nowMs: 100_300, known };
  expect(untrustedSeconds(young)).toBe(0);
});

test('a clock that was set back after the start delays nothing', () => {
  const known = [proxy('web-1-0-aaaaaa', 5_000, 99_000)];
  expect(untrustedSeconds({ ...restarted, known, uptimeSeconds: -7 })).toBe(0);
});
