import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { changesIn } from '../../../runtime/store/flags/flag-history.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { FlagWatch } from '../../../runtime/store/flags/flag-watch.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { test } from '../../support/fixtures.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');
const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
} as const;
const on = { ...onOff, defaultVariant: 'on' };

test('each change is in the history of its flag, with who, why, before and after', async ({
  redis,
}) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await store.set('beta', onOff, { reason: 'prepare' });
  await store.set('beta', onOff, { reason: 'nothing to do' });
  await new FlagStore(redis, 'shop', { by: 'bob' }).toggle('beta', { reason: 'launch' });
  const events = await new EventLog(redis, 'shop').last(10);
  expect(events.map(({ text }) => text)).toEqual([
    'flag beta set: enabled, default off: prepare',
    'flag beta toggled: enabled, default on: launch',
  ]);
  const [before, after] = [JSON.stringify(onOff), JSON.stringify(on)];
  const [first, second] = events.map(({ id }) => id);
  expect((await store.stored('beta')).changes).toEqual([
    { id: second, type: 'flag-toggled', by: 'bob', reason: 'launch', before, after },
    { id: first, type: 'flag-set', by: 'eve', reason: 'prepare', before: null, after: before },
  ]);
});

test('an undo brings back the earlier definition, and an undo of it the later one', async ({
  redis,
}) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await store.set('beta', onOff);
  await store.toggle('beta');
  await store.disable('beta', 'errors');
  expect(await store.undo('beta', undefined, { reason: 'fixed' })).toEqual(on);
  expect(await store.undo('beta', undefined)).toMatchObject({ state: 'DISABLED' });
  const { changes } = await store.stored('beta');
  expect(await store.undo('beta', changes.at(-2)?.id)).toEqual(onOff);
  await expect(store.undo('beta', changes.at(-2)?.id)).rejects.toThrow(/already as it was/);
  await expect(store.undo('beta', '1-1')).rejects.toMatchObject({ code: 'not_found' });
  expect(await store.undo('beta', changes.at(-1)?.id)).toBeUndefined();
  expect(await store.get('beta')).toBeUndefined();
  expect(await new EventLog(redis, 'shop').last(1)).toMatchObject([
    { type: 'flag-undone', text: 'flag beta undone: deleted' },
  ]);
});

test('a deleted flag is gone, and an undo brings it back', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await store.set('beta', onOff);
  await store.delete('beta', { reason: 'not used any more' });
  expect(await store.get('beta')).toBeUndefined();
  await expect(store.delete('beta')).rejects.toMatchObject({ code: 'not_found' });
  await expect(store.undo('gamma', undefined)).rejects.toMatchObject({ code: 'not_found' });
  expect(await store.undo('beta', undefined)).toEqual(onOff);
  expect(await store.get('beta')).toEqual(onOff);
});

test('a change of a flag that is not as its writer saw it is refused, with what changed and by whom', async ({
  redis,
}) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await store.set('beta', onOff);
  const seen = JSON.stringify(onOff);
  await new FlagStore(redis, 'shop', { by: 'bob' }).toggle('beta');
  const meanwhile = {
    code: 'conflict',
    message: 'flag beta was changed meanwhile by bob: The default variant goes from off to on.',
  };
  const disabled = { ...onOff, state: 'DISABLED' };
  await expect(store.set('beta', disabled, { seen })).rejects.toMatchObject(meanwhile);
  await expect(store.toggle('beta', { seen })).rejects.toMatchObject(meanwhile);
  await expect(store.delete('beta', { seen })).rejects.toMatchObject(meanwhile);
  await expect(store.undo('beta', undefined, { seen })).rejects.toMatchObject(meanwhile);
  await expect(store.set('beta', disabled, { seen: '' })).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await store.get('beta')).toEqual(on);
  expect(await store.set('beta', disabled, { seen: JSON.stringify(on) })).toEqual(disabled);
});

test('a change by a version that records none is not undone by accident', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await store.set('beta', onOff);
  const disabled = JSON.stringify({ ...onOff, state: 'DISABLED' });
  await redis.hset(keys.flags, 'beta', disabled, 'old', disabled);
  await expect(store.undo('beta', undefined)).rejects.toThrow(
    /a version of Perch that records none/,
  );
  await expect(store.undo('old', undefined)).rejects.toThrow('flag old has no recorded change');
  await store.toggle('old');
  expect(await store.undo('old', undefined)).toMatchObject({ state: 'DISABLED' });
});

test('a history keeps 50 changes, fewer large ones, and always the newest', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await store.set('beta', onOff);
  for (let toggles = 0; toggles < 60; toggles += 1) await store.toggle('beta');
  expect((await store.stored('beta')).changes).toHaveLength(50);
  const large = (text: string) => ({ ...onOff, metadata: { text: text.repeat(30_000) } });
  for (const text of ['a', 'b', 'c', 'd']) await store.set('beta', large(text));
  const { changes } = await store.stored('beta');
  expect(changes).toHaveLength(2);
  expect(JSON.stringify(changes).length).toBeLessThan(200_000);
  await redis.hset(keys.flagHistory, 'beta', 'from another version');
  await store.toggle('beta');
  expect((await store.stored('beta')).changes).toHaveLength(1);
});

test('the histories of the newest 100 deleted flags are kept', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  await Promise.all(
    Array.from({ length: 101 }, async (_, index) => {
      await store.set(`flag-${index}`, onOff);
      await store.delete(`flag-${index}`);
    }),
  );
  await store.set('last', onOff);
  await store.delete('last');
  const histories = await redis.hgetall(keys.flagHistory);
  expect(Object.keys(histories)).toHaveLength(100);
  expect(changesIn(histories['last'] ?? '')).toHaveLength(2);
});

test('readers follow the deletion of the last flag, which a Redis that lost its flags does not have', async ({
  redis,
  sharedServer,
}) => {
  const store = new FlagStore(redis, 'shop', { by: 'eve' });
  const connection = connectRedis({ url: sharedServer.url, name: 'perch-test', logger });
  const watch = new FlagWatch({ redis: connection, service: 'shop', logger, pollIntervalMs: 20 });
  onTestFinished(async () => {
    await watch.stop();
    connection.disconnect();
  });
  await store.set('beta', onOff);
  await until(() => watch.start().then(() => watch.current?.has('beta')));
  await redis.del(keys.flags);
  await until(() => watch.condition === 'absent');
  expect(watch.current?.has('beta')).toBe(true);
  await store.set('beta', on);
  await until(() => watch.condition === 'fresh');
  await store.delete('beta');
  await until(() => watch.current?.has('beta') === false);
  expect(watch.condition).toBe('fresh');
});
