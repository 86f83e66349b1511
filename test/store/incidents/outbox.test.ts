import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { opening } from '../../support/incident.ts';
import { ageOutbox } from '../../support/outbox.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';

describe('Outbox', () => {
  let server: TestRedis;
  let redis: Redis;

  const outboxOf = async (consumer: string) => {
    const outbox = new Outbox(redis, 'shop', consumer);
    await outbox.open();
    return outbox;
  };
  const put = async (...channels: string[]) => {
    const writer = { by: 'monitor-1', epoch: 1, channels };
    await new IncidentStore(redis, 'shop').apply(opening('host-disk', 'host-1'), writer);
  };

  beforeAll(async () => {
    server = await startRedis();
    redis = await clientOf(server);
  });
  beforeEach(async () => void (await redis.flushall()));
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('gives each notice to one consumer, oldest first, with the channel that it is for', async () => {
    await put('email', 'sms');
    const [one, two] = [await outboxOf('one'), await outboxOf('two')];
    const taken = await one.list();
    expect(taken).toMatchObject([
      { channel: 'email', attempts: 1, fresh: true, consumer: 'one' },
      { channel: 'sms', attempts: 1, fresh: true, consumer: 'one' },
    ]);
    expect(taken[0]?.notification).toMatchObject({ transition: 'opened', rule: 'host-disk' });
    expect((await two.list()).map(({ fresh }) => fresh)).toEqual([false, false]);
  });

  it('keeps notices that were put before anybody opened it', async () => {
    await put('email');
    expect(await (await outboxOf('one')).list()).toHaveLength(1);
  });

  it('lets another consumer go on with the tries of one that vanished', async () => {
    await put('email');
    await (await outboxOf('one')).list();
    const two = await outboxOf('two');
    const [entry] = await two.list();
    if (entry === undefined) throw new Error('the entry was taken');
    expect(await two.take(entry, 60_000)).toBe(false);
    await ageOutbox(redis, 'shop', 60_000);
    expect(await two.take(entry, 60_000)).toBe(true);
    expect(await two.take(entry, 60_000)).toBe(false);
    expect(await two.list()).toMatchObject([{ consumer: 'two', attempts: 2, fresh: false }]);
  });

  it('holds no more what is finished', async () => {
    await put('email');
    const outbox = await outboxOf('one');
    for (const entry of await outbox.list()) await outbox.finish(entry);
    expect(await outbox.list()).toEqual([]);
    expect(await redis.xlen(redisKeys('shop').outbox)).toBe(0);
  });

  it('shows what it cannot read, so that somebody can drop it', async () => {
    await redis.xadd(redisKeys('shop').outbox, '*', 'channel', 'email', 'notice', 'no JSON');
    const outbox = await outboxOf('one');
    expect(await outbox.list()).toMatchObject([{ channel: 'email', notification: undefined }]);
  });
});
