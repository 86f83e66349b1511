import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { test } from '../../support/fixtures.ts';
import { opening } from '../../support/judge/incident.ts';
import { ageOutbox } from '../../support/judge/outbox.ts';

test('the outbox gives each notification to one consumer, oldest first, with its channel', async ({
  redis,
}) => {
  await put(redis, 'email', 'sms');
  const [one, two] = [await outboxOf(redis, 'one'), await outboxOf(redis, 'two')];
  const taken = await one.list();
  expect(taken).toMatchObject([
    { channel: 'email', attempts: 1, fresh: true, consumer: 'one' },
    { channel: 'sms', attempts: 1, fresh: true, consumer: 'one' },
  ]);
  expect(taken[0]?.notification).toMatchObject({ transition: 'opened', rule: 'host-disk' });
  expect((await two.list()).map(({ fresh }) => fresh)).toEqual([false, false]);
});

test('the outbox retains notifications that were added before it was opened', async ({ redis }) => {
  await put(redis, 'email');
  expect(await (await outboxOf(redis, 'one')).list()).toHaveLength(1);
});

test('another consumer continues the attempts of one that vanished', async ({ redis }) => {
  await put(redis, 'email');
  await (await outboxOf(redis, 'one')).list();
  const two = await outboxOf(redis, 'two');
  const [entry] = await two.list();
  if (entry === undefined) throw new Error('the entry was taken');
  expect(await two.take(entry, 60_000)).toBe(false);
  await ageOutbox(redis, 'shop', 60_000);
  expect(await two.take(entry, 60_000)).toBe(true);
  expect(await two.take(entry, 60_000)).toBe(false);
  expect(await two.list()).toMatchObject([{ consumer: 'two', attempts: 2, fresh: false }]);
});

test('the outbox deletes finished entries', async ({ redis }) => {
  await put(redis, 'email');
  const outbox = await outboxOf(redis, 'one');
  for (const entry of await outbox.list()) await outbox.finish(entry);
  expect(await outbox.list()).toEqual([]);
  expect(await redis.xlen(redisKeys('shop').outbox)).toBe(0);
});

test('the outbox lists unreadable entries, so that a consumer can finish them', async ({
  redis,
}) => {
  await redis.xadd(redisKeys('shop').outbox, '*', 'channel', 'email', 'notice', 'no JSON');
  const outbox = await outboxOf(redis, 'one');
  expect(await outbox.list()).toMatchObject([{ channel: 'email', notification: undefined }]);
});

async function outboxOf(redis: Redis, consumer: string): Promise<Outbox> {
  const outbox = new Outbox(redis, 'shop', consumer);
  await outbox.open();
  return outbox;
}

async function put(redis: Redis, ...channels: string[]): Promise<void> {
  const writer = { by: 'monitor-1', epoch: 1, channels };
  await new IncidentStore(redis, 'shop').apply(opening('host-disk', 'host-1'), writer);
}
