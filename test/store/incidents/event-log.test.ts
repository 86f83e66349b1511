import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { EventLog, type PerchEvent } from '../../../runtime/store/incidents/event-log.ts';
import { test } from '../../support/fixtures.ts';

function event(text: string) {
  return { type: 'note', text, by: 'test' };
}

test('the log returns the newest events, oldest first, with the time of Redis', async ({
  redis,
}) => {
  const log = new EventLog(redis, 'shop');
  for (const text of ['one', 'two', 'three']) await log.append(event(text));
  const [seconds = 0] = await redis.time();
  const events = await log.last(2);
  expect(events.map(({ text }) => text)).toEqual(['two', 'three']);
  expect(Math.abs((events[0]?.at ?? 0) / 1_000 - seconds)).toBeLessThan(60);
});

test('a follower gets each new event once and in order until it stops', async ({ redis }) => {
  const log = new EventLog(redis, 'shop');
  await log.append(event('before'));
  const start = (await log.last(1))[0]?.id ?? '';
  const stop = new AbortController();
  const events: PerchEvent[] = [];
  const following = (async () => {
    for await (const batch of log.follow(start, stop.signal, (error) => {
      throw error;
    })) {
      events.push(...batch.events);
      expect(batch.lost).toBeUndefined();
      if (events.length === 3) stop.abort();
    }
  })();
  for (const text of ['a', 'b', 'c']) await log.append(event(text));
  await following;
  expect(events.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
});

test('the event log retains about 10,000 events', async ({ redis }) => {
  const log = new EventLog(redis, 'shop');
  // In batches, because on a busy machine the last of all at once would exceed the command timeout.
  for (let first = 0; first < 11_000; first += 500) {
    const batch = Array.from({ length: 500 }, (_, index) => log.append(event(`${first + index}`)));
    await Promise.all(batch);
  }
  expect(await redis.xlen(redisKeys('shop').events)).toBeLessThan(10_200);
  expect((await log.last(1))[0]?.text).toBe('10999');
});
