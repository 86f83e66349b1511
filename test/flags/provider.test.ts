import { ProviderEvents, type Client } from '@openfeature/server-sdk';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { until } from '../support/until.ts';
import { details, on, onOff, service, test } from './fixtures.ts';

test('the provider evaluates stored flags with variant and reason', async ({
  openClient,
  store,
}) => {
  await store.set('new_feature', on);
  await store.set('limit', {
    state: 'ENABLED',
    variants: { low: 10, high: 99 },
    defaultVariant: 'low',
    targeting: { if: [{ '==': [{ var: 'track' }, 'canary'] }, 'high', null] },
  });
  await store.set('theme', {
    state: 'ENABLED',
    variants: { plain: { ink: 'black', sizes: [1, 2] } },
    defaultVariant: 'plain',
  });

  const { client: flags } = await openClient();

  expect(await details(flags)).toMatchObject({ value: true, variant: 'on', reason: 'STATIC' });
  expect(await flags.getNumberDetails('limit', 1, { track: 'canary' })).toMatchObject({
    value: 99,
    variant: 'high',
    reason: 'TARGETING_MATCH',
  });
  expect(await flags.getNumberDetails('limit', 1, { track: 'stable' })).toMatchObject({
    value: 10,
    variant: 'low',
    reason: 'DEFAULT',
  });
  expect(await flags.getObjectValue('theme', {})).toEqual({ ink: 'black', sizes: [1, 2] });
});

test("a disabled flag gives the caller's default with reason DISABLED", async ({
  openClient,
  store,
}) => {
  await store.set('new_feature', { ...onOff, defaultVariant: 'on', state: 'DISABLED' });
  const { client: flags } = await openClient();

  const off = await details(flags, 'new_feature', false);
  expect(off).toMatchObject({ value: false, reason: 'DISABLED' });
  expect(off.errorCode).toBeUndefined();
  expect(await details(flags, 'new_feature', true)).toMatchObject({ value: true });
});

test("a failed evaluation gives the caller's default with an error code", async ({
  openClient,
  store,
}) => {
  await store.set('word', { state: 'ENABLED', variants: { a: 'x' }, defaultVariant: 'a' });
  await store.set('lost', {
    state: 'ENABLED',
    variants: { a: true },
    defaultVariant: 'a',
    targeting: { if: [true, 'no-such-variant', null] },
  });
  const { client: flags } = await openClient();

  expect(await details(flags, 'unknown', true)).toMatchObject({
    value: true,
    reason: 'ERROR',
    errorCode: 'FLAG_NOT_FOUND',
  });
  expect(await details(flags, 'word', true)).toMatchObject({
    value: true,
    reason: 'ERROR',
    errorCode: 'TYPE_MISMATCH',
  });
  expect(await details(flags, 'lost', true)).toMatchObject({
    value: true,
    reason: 'ERROR',
    errorCode: 'GENERAL',
  });
});

test('a fractional flag reaches the same users in every process, and a larger share keeps them', async ({
  openClient,
  store,
}) => {
  await store.set('new_feature', shareOf(25));
  const [one, two] = await Promise.all([openClient(), openClient()]);

  const quarter = await usersWith(one.client);
  expect(await usersWith(two.client)).toEqual(quarter);
  expect(quarter.length).toBeGreaterThan(400);
  expect(quarter.length).toBeLessThan(600);

  await store.set('new_feature', shareOf(50));
  const half = await until(async () => {
    const users = await usersWith(one.client);
    return users.length > quarter.length && users;
  });
  expect(half).toEqual(expect.arrayContaining(quarter));
});

test('the provider reports changed flags on a hint, long before the next poll', async ({
  openClient,
  redis,
  store,
}) => {
  await store.set('new_feature', onOff);
  await store.set('other', onOff);
  const { client: flags, events } = await openClient({ pollIntervalMs: 3_600_000 });
  await subscribed(redis);

  await store.toggle('new_feature');

  await until(() => flags.getBooleanValue('new_feature', false));
  expect(events).toContainEqual({
    type: ProviderEvents.ConfigurationChanged,
    flagsChanged: ['new_feature'],
  });
});

test('the provider reads a change whose hint was lost at the next poll', async ({
  openClient,
  redis,
  store,
}) => {
  await store.set('new_feature', onOff);
  const { client: flags } = await openClient();

  await redis.hset(redisKeys(service).flags, 'new_feature', JSON.stringify(on));

  const shown = until(() => flags.getBooleanValue('new_feature', false));
  await expect(shown).resolves.toBe(true);
});

test('the provider ignores an invalid definition and keeps the last valid one of its key', async ({
  openClient,
  redis,
  store,
}) => {
  await store.set('new_feature', on);
  await store.set('other', onOff);
  const { client: flags } = await openClient();

  await redis.hset(redisKeys(service).flags, 'new_feature', '{"state":"ENABLED"}', 'worse', '{');
  await store.toggle('other');

  await until(() => flags.getBooleanValue('other', false));
  expect(await details(flags, 'new_feature')).toMatchObject({ value: true, variant: 'on' });
  expect(await details(flags, 'worse')).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
});

/** Flag that is on for `percent` of users. */
function shareOf(percent: number) {
  const shares = [
    ['on', percent],
    ['off', 100 - percent],
  ];
  return { ...onOff, targeting: { fractional: [{ var: 'targetingKey' }, ...shares] } };
}

/** Users of 2,000 for whom `new_feature` is on. */
async function usersWith(flags: Client): Promise<string[]> {
  const users = Array.from({ length: 2_000 }, (_, index) => `user-${index}`);
  const answers = await Promise.all(
    users.map((targetingKey) => flags.getBooleanValue('new_feature', false, { targetingKey })),
  );
  return users.filter((_, index) => answers[index]);
}

/** Waits for the provider's subscription to hints, which has a connection of its own. */
async function subscribed(redis: Redis) {
  const { flagsChanged } = redisKeys(service);
  await until(async () => {
    const [, subscribers] = await redis.pubsub('NUMSUB', flagsChanged);
    return Number(subscribers) > 0;
  });
}
