import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { test } from '../../support/fixtures.ts';
import { opening } from '../../support/judge/incident.ts';

test('the outbox gives each notification to one consumer, oldest first, with its channel', async ({
  redis,
}) => {
  await put(redis, 'email', 'sms');
  const [one, two] = [await outboxOf(redis, 'one'), await outboxOf(redis, 'two')];
  const taken = await one.list();
  expect(taken).toMatchObject([
    { channel: 'email', attempts: 1, unconfirmed: 0, consumer: 'one' },
    { channel: 'sms', attempts: 1, unconfirmed: 0, consumer: 'one' },
  ]);
  expect(taken[0]?.notification).toMatchObject({ transition: 'opened', rule: 'host-disk' });
  expect((await two.list()).map(({ consumer }) => consumer)).toEqual(['one', 'one']);
});

test('the outbox retains notifications that were added before it was opened', async ({ redis }) => {
  await put(redis, 'email');
  expect(await (await outboxOf(redis, 'one')).list()).toHaveLength(1);
});

test('one of two consumers claims a message, and every attempt counts as unconfirmed until it is settled', async ({
  redis,
}) => {
  await put(redis, 'email', 'sms');
  const [one, two] = [await outboxOf(redis, 'one'), await outboxOf(redis, 'two')];
  const entries = await one.list();
  const message = { id: entries[0]?.id ?? '', entries, number: 1, unconfirmed: 0 };
  expect(await one.claim(message)).toBe(true);
  expect(await two.claim(message)).toBe(false);
  expect(await one.claim(message)).toBe(false);
  const claimed = { consumer: 'one', attempts: 1, message: message.id };
  const attempted = { ...claimed, unconfirmed: 1 };
  expect(await two.list()).toMatchObject([attempted, attempted]);
  await one.settle(message);
  const listed = await two.list();
  expect(listed).toMatchObject([
    { ...claimed, unconfirmed: 0 },
    { ...claimed, unconfirmed: 0 },
  ]);
  expect(await two.claim({ ...message, entries: listed, number: 2 })).toBe(true);
  await one.settle(message);
  expect(await two.list()).toMatchObject([
    { consumer: 'two', attempts: 2, unconfirmed: 1 },
    { consumer: 'two', attempts: 2, unconfirmed: 1 },
  ]);
  await two.finish(listed);
  expect(await redis.exists(redisKeys('shop').outboxMessages)).toBe(0);
  expect(await one.claim(message)).toBe(false);
});

test('the outbox deletes finished entries', async ({ redis }) => {
  await put(redis, 'email');
  const outbox = await outboxOf(redis, 'one');
  await outbox.finish(await outbox.list());
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
