import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import { TrafficRecorder } from '../../../runtime/monitor/judge/traffic-recorder.ts';
import { TrafficHistoryStore } from '../../../runtime/store/judge/traffic-history-store.ts';
import { TrafficStore } from '../../../runtime/store/judge/traffic-store.ts';
import { test } from '../../support/fixtures.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** A whole hour. */
const t0 = 500_000 * hourMs;

/** A recorder whose clock is `clock.nowMs`. */
function recorderOf(redis: Redis, nowMs: number) {
  const clock = { nowMs };
  const traffic = new TrafficStore(redis, 'shop');
  const history = new TrafficHistoryStore(redis, 'shop');
  const recorder = new TrafficRecorder({ traffic, history, now: () => clock.nowMs, logger });
  return { clock, traffic, history, recorder };
}

let sequence = 0;

/** Adds requests to the bucket of a time: `canary` of them failed. */
async function count(traffic: TrafficStore, atMs: number, [stable, canary]: [number, number]) {
  const counts = (requests: number, failures: number, ms: number) => ({
    ...noCounts,
    requests,
    failures,
    latency: new Map([[latencyBin(ms), requests]]),
  });
  const stratum = {
    weight: 25,
    rolloutId: 'r-1',
    canaryKey: undefined,
    stable: counts(stable, 0, 20),
    canary: counts(canary, canary, 80),
  };
  sequence += 1;
  await traffic.add(atMs, [stratum], { writer: 'test', sequence });
}

test('a minute is stored once it has settled, with the share, errors and latency of both tracks', async ({
  redis,
}) => {
  const { clock, traffic, history, recorder } = recorderOf(redis, t0);
  await count(traffic, t0, [30, 10]);
  await count(traffic, t0 + 50_000, [30, 10]);
  clock.nowMs = t0 + 2 * minuteMs - 1;
  await recorder.record();
  expect(await history.read('minutes', t0, t0 + hourMs)).toEqual([]);
  clock.nowMs += 1;
  await recorder.record();
  const stored = await history.read('minutes', t0, t0 + hourMs);
  expect(stored).toEqual([
    {
      startMs: t0,
      sharePercent: 25,
      stable: expect.objectContaining({ requests: 60, failures: 0 }),
      canary: expect.objectContaining({ requests: 20, failures: 20 }),
    },
  ]);
  expect(stored[0]?.canary.p95Ms).toBeGreaterThan(stored[0]?.stable.p99Ms ?? Infinity);
});

test('a minute without requests is stored as such only if a monitor watched it', async ({
  redis,
}) => {
  const { clock, traffic, history, recorder } = recorderOf(redis, t0 + 10 * minuteMs);
  await count(traffic, t0 + 5 * minuteMs, [4, 0]);
  clock.nowMs = t0 + 13 * minuteMs;
  await recorder.record();
  const minutes = await history.read('minutes', t0, t0 + hourMs);
  expect(
    minutes.map(({ startMs, stable }) => [(startMs - t0) / minuteMs, stable.requests]),
  ).toEqual([
    [5, 4],
    [10, 0],
    [11, 0],
  ]);
  expect(minutes.at(-1)?.sharePercent).toBeNull();
});

test('an hour is the sum of its counts, and a new leader catches up with what Redis has', async ({
  redis,
}) => {
  const first = recorderOf(redis, t0);
  for (let index = 0; index < 60; index += 5) {
    await count(first.traffic, t0 + index * minuteMs, [6, 2]);
  }
  first.clock.nowMs = t0 + 20 * minuteMs;
  await first.recorder.record();
  const next = recorderOf(redis, t0 + hourMs + 2 * minuteMs);
  await next.recorder.record();
  const [hour] = await next.history.read('hours', t0, t0 + hourMs);
  expect(hour).toMatchObject({ stable: { requests: 72 }, canary: { requests: 24, failures: 24 } });
  const minutes = await next.history.read('minutes', t0, t0 + hourMs);
  const requests = minutes.reduce((sum, { stable }) => sum + stable.requests, 0);
  expect(requests).toBe(72);
});

test('a refused write is repeated, and the recorder does not throw', async ({ redis }) => {
  const { clock, traffic, history } = recorderOf(redis, t0);
  await count(traffic, t0, [1, 0]);
  let refusals = 1;
  const write: TrafficHistoryStore['write'] = async (name, periods) => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('Redis refuses');
    await history.write(name, periods);
  };
  const reading = { read: history.read.bind(history), write };
  const recorder = new TrafficRecorder({
    traffic,
    history: reading,
    now: () => clock.nowMs,
    logger,
  });
  clock.nowMs = t0 + 2 * minuteMs;
  await recorder.record();
  await recorder.record();
  expect(await history.read('minutes', t0, t0 + hourMs)).toHaveLength(1);
});
