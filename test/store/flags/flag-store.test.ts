import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { FlagWatch, type FlagWatchOptions } from '../../../runtime/store/flags/flag-watch.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import type { TestRedis } from '../../support/redis/redis-server.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const keys = redisKeys('shop');
const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
} as const;

async function watching(server: TestRedis, options: Partial<FlagWatchOptions> = {}) {
  const redis = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  const watch = new FlagWatch({
    redis,
    service: 'shop',
    logger: silentLogger,
    pollIntervalMs: 50,
    ...options,
  });
  onTestFinished(async () => {
    await watch.stop();
    redis.disconnect();
  });
  const changes: string[][] = [];
  watch.onChange((_flags, changedKeys) => changes.push([...changedKeys]));
  return { watch, changes };
}

test("a flag is stored in flagd's format, with an event, and read back", async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'ops' });
  await store.set('beta', onOff);
  expect(await store.get('beta')).toEqual(onOff);
  expect([...(await store.list()).keys()]).toEqual(['beta']);
  expect(await new EventLog(redis, 'shop').last(1)).toMatchObject([
    { type: 'flag-set', text: 'flag beta set: enabled, default off', by: 'ops' },
  ]);
});

test.for<[string, unknown, RegExp]>([
  ['a state that does not exist', { ...onOff, state: 'ON' }, /^flag beta: .*state/],
  ['a default that is not a variant', { ...onOff, defaultVariant: 'maybe' }, /^flag beta: .*maybe/],
  [
    'variants of two types',
    { ...onOff, variants: { on: true, off: 'no' } },
    /variants\.off must be boolean/,
  ],
  ['targeting of an unknown kind', { ...onOff, targeting: { guess: [] } }, /targeting/],
  ['no object as its definition', 'on', /^flag beta: /],
])(
  'a flag with %s is refused with the reason, and nothing is stored',
  async ([_what, flag, reason], { redis }) => {
    const store = new FlagStore(redis, 'shop', { by: 'ops' });
    const refused = store.set('beta', flag);
    await expect(refused).rejects.toMatchObject({ code: 'bad_input' });
    await expect(refused).rejects.toThrow(reason);
    expect(await redis.exists(keys.flags, keys.events)).toBe(0);
  },
);

test('a toggle swaps the default of two variants, and enables a disabled flag unchanged', async ({
  redis,
}) => {
  const store = new FlagStore(redis, 'shop', { by: 'ops' });
  await store.set('beta', onOff);
  expect(await store.toggle('beta')).toMatchObject({ defaultVariant: 'on' });
  expect(await store.disable('beta', 'errors')).toMatchObject({
    state: 'DISABLED',
    defaultVariant: 'on',
  });
  expect(await store.toggle('beta')).toMatchObject({ state: 'ENABLED', defaultVariant: 'on' });
  await expect(store.toggle('gamma')).rejects.toThrow('flag gamma is not stored');
});

test('concurrent writers lose no change: 20 toggles leave a flag unchanged', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'ops' });
  await store.set('beta', onOff);
  await Promise.all(Array.from({ length: 20 }, () => store.toggle('beta')));
  expect(await store.get('beta')).toEqual(onOff);
  expect(await new EventLog(redis, 'shop').last(100)).toHaveLength(21);
});

test('a leader that another one has replaced changes no flag', async ({ redis }) => {
  await new FlagStore(redis, 'shop', { by: 'ops' }).set('beta', onOff);
  await redis.set(keys.epoch, 7);
  const stale = new FlagStore(redis, 'shop', { by: 'old-leader', epoch: 6 });
  await expect(stale.disable('beta', 'late')).rejects.toMatchObject({ code: 'fenced' });
  const leader = new FlagStore(redis, 'shop', { by: 'leader', epoch: 7 });
  expect(await leader.get('beta')).toEqual(onOff);
  expect(await new EventLog(redis, 'shop').last(10)).toHaveLength(1);
  expect(await leader.disable('beta', 'in time')).toMatchObject({ state: 'DISABLED' });
});

test('a seed does not replace a stored flag', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'seed' });
  expect(await store.setIfAbsent('beta', onOff)).toBe('stored');
  await store.toggle('beta');
  expect(await store.setIfAbsent('beta', onOff)).toBe('kept');
  expect(await store.get('beta')).toMatchObject({ defaultVariant: 'on' });
});

test('a hint delivers a change long before the next poll, with the changed keys', async ({
  redis,
  sharedServer,
}) => {
  const store = new FlagStore(redis, 'shop', { by: 'ops' });
  const { watch, changes } = await watching(sharedServer, { pollIntervalMs: 3_600_000 });
  await watch.start();
  await store.set('beta', onOff);
  await until(
    async () => {
      await redis.publish(keys.flagsChanged, 'again'); // the subscription may begin after the first
      return watch.current?.has('beta');
    },
    { what: 'the watch to read the flag' },
  );
  expect(changes.at(-1)).toEqual(['beta']);
  expect(watch.condition).toBe('fresh');
});

test('an invalid definition affects only its own flag', async ({ redis, sharedServer }) => {
  const store = new FlagStore(redis, 'shop', { by: 'ops' });
  await store.set('beta', onOff);
  const { watch } = await watching(sharedServer);
  await until(() => watch.start().then(() => watch.condition === 'fresh'));
  await redis.hset(keys.flags, 'beta', '{"state":"BROKEN"}', 'poison', '{');
  await store.set('gamma', onOff);
  await until(() => watch.current?.has('gamma'), { what: 'the watch to read the valid flag' });
  expect(watch.current?.get('beta')).toEqual(onOff);
  expect(watch.current?.has('poison')).toBe(false);
});

test('flags that vanish when Redis restarts empty stay, and start a reader from disk', async ({
  server,
}) => {
  const lastGoodFile = join(await mkdtemp(join(tmpdir(), 'perch-')), 'flags.json');
  using redis = await clientOf(server);
  await new FlagStore(redis, 'shop', { by: 'ops' }).set('beta', onOff);
  const first = await watching(server, { lastGoodFile });
  await until(() => first.watch.start().then(() => first.watch.condition === 'fresh'));
  await server.restartEmpty();
  await until(() => first.watch.condition === 'absent', { what: 'the absence to be detected' });
  expect(first.watch.current?.get('beta')).toEqual(onOff);
  await first.watch.stop();
  await server.kill();
  const { watch } = await watching(server, { lastGoodFile });
  await watch.start();
  expect(watch.current?.get('beta')).toEqual(onOff);
  expect(watch.condition).toBe('unreachable');
  expect(watch.freshAt).toBeUndefined();
});

test('a valid definition replaces an unreadable one', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'ci' });
  await redis.hset(keys.flags, 'beta', '{broken');
  await store.set('beta', onOff);
  expect(await store.get('beta')).toEqual(onOff);
});

test('a flag whose event cannot be stored stays unchanged', async ({ redis }) => {
  const store = new FlagStore(redis, 'shop', { by: 'ci' });
  await store.set('beta', onOff);
  await redis.del(keys.events);
  await redis.set(keys.events, 'not a stream');
  await expect(store.toggle('beta')).rejects.toMatchObject({ code: 'redis_refused' });
  expect(await store.get('beta')).toEqual(onOff);
});
