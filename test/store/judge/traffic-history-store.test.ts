import { expect } from 'vitest';
import { emptyPeriod } from '../../../runtime/core/analysis/traffic-period.ts';
import { TrafficHistoryStore } from '../../../runtime/store/judge/traffic-history-store.ts';
import { test } from '../../support/fixtures.ts';

const minuteMs = 60_000;
const day = 1_440;

test('the history keeps a day of minutes, whatever is written, and expires without a writer', async ({
  redis,
}) => {
  const store = new TrafficHistoryStore(redis, 'shop');
  const first = 10_000 * minuteMs;
  for (let batch = 0; batch < 20; batch += 1) {
    const start = first + batch * 100 * minuteMs;
    const minutes = Array.from({ length: 100 }, (_, index) =>
      emptyPeriod(start + index * minuteMs),
    );
    await store.write('minutes', minutes);
  }
  const key = 'perch:shop:traffic-minutes';
  expect(await redis.hlen(key)).toBe(day);
  expect(await redis.ttl(key)).toBeGreaterThan(86_300);
  const newest = first + 1_999 * minuteMs;
  const all = await store.read('minutes', first, newest + 1);
  expect(all).toHaveLength(day);
  expect(all.at(-1)?.startMs).toBe(newest);
});

test('the history returns the periods of a time, oldest first, without gaps filled in', async ({
  redis,
}) => {
  const store = new TrafficHistoryStore(redis, 'shop');
  const starts = [60_000, 180_000, 240_000];
  await store.write('minutes', starts.map(emptyPeriod));
  const read = await store.read('minutes', 30_000, 240_000);
  expect(read.map(({ startMs }) => startMs)).toEqual([60_000, 180_000]);
  expect(read[0]).toEqual(emptyPeriod(60_000));
  expect(await store.read('hours', 0, 7_200_000)).toEqual([]);
});
