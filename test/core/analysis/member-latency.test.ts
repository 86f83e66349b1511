import fc from 'fast-check';
import { expect, test } from 'vitest';
import { latencyBin, lastLatencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { latencyRun, memberLatency } from '../../../runtime/core/analysis/member-latency.ts';

/** Report of a proxy whose member `a` answered in these times. */
function reportOf(durationsMs: readonly number[]) {
  const counts = new Uint32Array(lastLatencyBin + 1);
  for (const bin of durationsMs.map(latencyBin)) counts[bin] = (counts[bin] ?? 0) + 1;
  return { memberLatencies: { a: latencyRun(counts) } };
}

test('the latency of a member is from the answers of all proxies', () => {
  const fast = reportOf(Array.from({ length: 96 }, () => 10));
  const slow = reportOf([200, 200, 200, 200, 200, 200]);
  const latency = memberLatency([fast, slow], 'a');
  expect(latency?.requests).toBe(102);
  expect(latency?.p50Ms).toBeGreaterThanOrEqual(10);
  expect(latency?.p50Ms).toBeLessThan(10.5);
  expect(latency?.p95Ms).toBeGreaterThanOrEqual(200);
  expect(latency?.p95Ms).toBeLessThan(210);
});

test('a member without an answer has no latency, and one that an older proxy reports neither', () => {
  expect(memberLatency([reportOf([])], 'a')).toBeUndefined();
  expect(memberLatency([reportOf([1])], 'b')).toBeUndefined();
  expect(memberLatency([{}], 'a')).toBeUndefined();
  expect(memberLatency([], 'a')).toBeUndefined();
});

test('the latencies of one proxy and of several that share its answers are the same', () => {
  const duration = fc.double({ min: 0, max: 700_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(duration), fc.array(duration), (some, others) => {
      expect(memberLatency([reportOf(some), reportOf(others)], 'a')).toEqual(
        memberLatency([reportOf([...some, ...others])], 'a'),
      );
    }),
  );
});
