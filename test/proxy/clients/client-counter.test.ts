import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Track } from '../../../runtime/contract/names.ts';
import type { Split } from '../../../runtime/contract/traffic-fields.ts';
import { sumCounts, type OpenCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  ClientCounter,
  type ClientAttempt,
  type ClientCounterOptions,
} from '../../../runtime/proxy/clients/client-counter.ts';
import { TrafficCounter } from '../../../runtime/proxy/redis/traffic-counter.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const split: Split = { weight: 10, rolloutId: 'r1' };

test('a client is at risk once per bucket, and hit by its first failure of the rollout', () => {
  const { send, counts, nextBucket } = counting();
  send('a', 'served', 'served', 'failed', 'failed');
  send('b', 'served');
  expect(counts()).toMatchObject({ errors: { atRisk: 2, hit: 1 } });
  nextBucket();
  send('a', 'served', 'failed');
  send('b', 'failed');
  expect(counts()).toMatchObject({ errors: { atRisk: 1, hit: 1 } });
});

test('4xx hit for themselves', () => {
  const { send, counts, nextBucket } = counting();
  send('a', 'rejected', 'rejected');
  expect(counts()).toMatchObject({
    errors: { atRisk: 1, hit: 0 },
    rejections: { atRisk: 1, hit: 1 },
  });
  nextBucket();
  send('a', 'failed');
  expect(counts()).toMatchObject({
    errors: { atRisk: 1, hit: 1 },
    rejections: { atRisk: 0, hit: 0 },
  });
});

test('a client that was hit according to its cookie is not at risk', () => {
  const { count, counts } = counting();
  count({ hits: 1, result: 'failed' });
  expect(counts()).toMatchObject({
    errors: { atRisk: 0, hit: 0 },
    rejections: { atRisk: 1, hit: 0 },
  });
});

test('a client that another worker saw fail meanwhile is not hit again', () => {
  const { count, counts } = counting();
  count({ result: 'served' });
  count({ hits: 1, result: 'failed' });
  expect(counts().errors).toEqual({ atRisk: 1, hit: 0 });
});

test('latency hits a client in the first bucket in which most of its requests were slow', () => {
  const { slow, counts, nextBucket } = counting();
  slow('half', 200, 10);
  slow('most', 200, 10, 200);
  slow('fast', 10);
  nextBucket();
  expect(counts(0).latency).toEqual({ atRisk: 3, hit: 1 });
  slow('half', 200);
  slow('most', 200);
  slow('fast', 10);
  nextBucket();
  expect(counts(1).latency).toEqual({ atRisk: 2, hit: 1 });
});

test('each track has its own bound of what is slow', () => {
  const { counter, count, counts, nextBucket } = counting();
  counter.slowBounds = { stable: 100, canary: 300 };
  count({ clientId: 'a', track: 'stable', durationMs: 200 });
  count({ clientId: 'b', track: 'canary', durationMs: 200 });
  count({ clientId: 'c', track: 'canary', durationMs: 301 });
  nextBucket();
  expect(counts(0, 'stable').latency).toEqual({ atRisk: 1, hit: 1 });
  expect(counts(0, 'canary').latency).toEqual({ atRisk: 2, hit: 1 });
});

test('latency does not count without a bound', () => {
  const { counter, count, counts, nextBucket } = counting();
  counter.slowBounds = {};
  count({ clientId: 'a', durationMs: 999 });
  nextBucket();
  expect(counts(0)).toMatchObject({
    errors: { atRisk: 1, hit: 0 },
    latency: { atRisk: 0, hit: 0 },
  });
});

test('an attempt that a client gives up in a warm-up is not all that it had', () => {
  const { count, counts, nextBucket } = counting();
  for (let answer = 0; answer < 2; answer += 1) count({ clientId: 'a', durationMs: 0 });
  count({ clientId: 'a', result: 'abandoned', durationMs: 60_000 });
  nextBucket();
  expect(counts(0).latency).toEqual({ atRisk: 1, hit: 0 });
});

test('an abandoned attempt is slow if the client waited longer than the bound, else nothing', () => {
  const { count, counts, nextBucket } = counting();
  count({ clientId: 'patient', result: 'abandoned', durationMs: 200 });
  count({ clientId: 'hasty', result: 'abandoned', durationMs: 20 });
  nextBucket();
  expect(counts(0)).toMatchObject({
    errors: { atRisk: 0, hit: 0 },
    rejections: { atRisk: 0, hit: 0 },
    latency: { atRisk: 1, hit: 1 },
  });
});

test('the last flush decides on the latencies of a bucket that has not ended', () => {
  const { counter, slow, counts } = counting();
  slow('a', 200);
  counter.end();
  expect(counts().latency).toEqual({ atRisk: 1, hit: 1 });
});

test('a client that sees two weights in one bucket is at risk under both, until it is hit', () => {
  const { count, traffic } = counting();
  count({ clientId: 'a', result: 'served' });
  count({ clientId: 'b', result: 'failed' });
  const second = { ...split, weight: 50 };
  count({ clientId: 'a', split: second, result: 'failed' });
  count({ clientId: 'b', split: second, result: 'failed' });
  const strata = traffic.batches().flatMap((batch) => batch.strata);
  expect(strata.map((stratum) => [stratum.weight, stratum.canary.clients.errors])).toEqual([
    [10, { atRisk: 2, hit: 1 }],
    [50, { atRisk: 1, hit: 1 }],
  ]);
});

test('another rollout begins anew, and late attempts of the one before do not count', () => {
  const { counter, count, counts, nextBucket } = counting();
  count({ result: 'failed' });
  expect(counter.hitsOf('r1', 'a')).toBe(1);
  counter.follow('r2');
  expect(counter.hitsOf('r1', 'a') | counter.hitsOf('r2', 'a')).toBe(0);
  nextBucket();
  count({ result: 'failed' });
  expect(counts(1).errors).toEqual({ atRisk: 0, hit: 0 });
  count({ split: { weight: 10, rolloutId: 'r2' }, result: 'failed' });
  expect(counts(1, 'canary', 'r2').errors).toEqual({ atRisk: 1, hit: 1 });
});

test('clients beyond the bound of a bucket are not counted, and not hit later for an old failure', () => {
  const { send, counts, nextBucket } = counting({ mostSeen: 2 });
  for (const client of ['a', 'b', 'c', 'd']) send(client, 'failed');
  expect(counts().errors).toEqual({ atRisk: 2, hit: 2 });
  nextBucket();
  send('d', 'failed');
  expect(counts().errors).toEqual({ atRisk: 0, hit: 0 });
});

test('the clients that were hit last are remembered', () => {
  const { counter, send } = counting({ mostHit: 2 });
  for (const client of ['a', 'b', 'a', 'c']) send(client, 'failed');
  expect(['a', 'b', 'c'].map((client) => counter.hitsOf('r1', client))).toEqual([1, 0, 1]);
});

test('ids are remembered without the requests that they came in', () => {
  const { counter, send } = counting();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < 60_000; index += 1) {
    const request = `${'x'.repeat(2_000)}${String(index).padStart(22, '0')}`;
    send(request.slice(-22), 'failed');
  }
  collectGarbage();
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(40);
  expect(counter.hitsOf('r1', '59999'.padStart(22, '0'))).toBe(1);
});

function counting(options: ClientCounterOptions = {}) {
  const clock = { now: 0 };
  const counter = new ClientCounter(options);
  const traffic = new TrafficCounter(() => clock.now, counter);
  counter.follow('r1');
  counter.slowBounds = { stable: 100, canary: 100 };
  const count = (attempt: Partial<ClientAttempt>) =>
    traffic.countClient({
      clientId: 'a',
      hits: 0,
      split,
      track: 'canary',
      result: 'served',
      durationMs: 1,
      ...attempt,
    });
  const send = (clientId: string, ...results: ClientAttempt['result'][]) => {
    for (const result of results) count({ clientId, result });
  };
  const slow = (clientId: string, ...durations: number[]) => {
    for (const durationMs of durations) count({ clientId, durationMs });
  };
  const delivered: { bucket: number; label: string; counts: Record<Track, OpenCounts> }[] = [];
  return { clock, counter, traffic, count, send, slow, ...reading() };

  function reading() {
    let bucket = 0;
    const flush = () => {
      for (const batch of traffic.batches()) {
        for (const { rolloutId = '', stable, canary } of batch.strata) {
          const counts = { stable, canary } as Record<Track, OpenCounts>;
          delivered.push({ bucket: batch.bucketStartMs / 10_000, label: rolloutId, counts });
        }
        traffic.delivered(batch);
      }
    };
    return {
      nextBucket: () => {
        bucket += 1;
        clock.now = bucket * 10_000;
      },
      /** Sum of what was counted in a bucket, by default in the running one. */
      counts: (at = bucket, track: Track = 'canary', rolloutId = 'r1') => {
        flush();
        const parts = delivered.filter((part) => part.bucket === at && part.label === rolloutId);
        return sumCounts(parts.map((part) => part.counts[track])).clients;
      },
    };
  }
}
