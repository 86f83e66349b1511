import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenFeature, ProviderEvents, ProviderStatus, type Client } from '@openfeature/server-sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOrDefer } from '../../runtime/process/connect-or-defer.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { PerchFlagProvider } from '../../runtime/flags/provider.ts';
import { connectRedis, requireServer } from '../../runtime/store/redis/connection.ts';
import { FlagStore } from '../../runtime/store/flags/flag-store.ts';
import { FlagWatch } from '../../runtime/store/flags/flag-watch.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';
import { until } from '../support/until.ts';

const service = 'shop';
const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
} as const;

let server: TestRedis;
let cleanUp: (() => Promise<unknown> | void)[] = [];
let domains = 0;

beforeEach(async () => {
  server = await startRedis();
  cleanUp = [() => server[Symbol.asyncDispose]()];
});

afterEach(async () => {
  for (const step of cleanUp.toReversed()) await step();
  await OpenFeature.clearProviders();
});

async function connect() {
  const redis = connectRedis({ url: server.url, name: 'test', logger });
  cleanUp.push(() => redis.disconnect());
  await requireServer(redis);
  return redis;
}

async function flagStore() {
  return new FlagStore(await connect(), service, { by: 'test' });
}

/** A client of a provider of its own, with what it signalled. */
async function client(
  options: { now?: () => number; pollIntervalMs?: number; lastGoodFile?: string } = {},
) {
  const { now = Date.now, pollIntervalMs = 50, lastGoodFile } = options;
  const redis = await connectOrDefer({
    url: server.url,
    name: 'test',
    logger,
    commandTimeoutMs: 200,
  });
  cleanUp.push(() => redis.disconnect());
  const source = new FlagWatch({
    redis,
    service,
    logger,
    now,
    pollIntervalMs,
    ...(lastGoodFile !== undefined && { lastGoodFile }),
  });
  // It writes to its file until then.
  cleanUp.push(() => source.stop());
  const provider = new PerchFlagProvider({ source, logger, now, staleAfterMs: 400 });
  const domain = `test-${(domains += 1)}`;
  const client = OpenFeature.getClient(domain);
  const events: { type: ProviderEvents; flagsChanged?: string[] }[] = [];
  for (const type of Object.values(ProviderEvents)) {
    client.addHandler(type, (details) => {
      const flagsChanged = details && 'flagsChanged' in details ? details.flagsChanged : undefined;
      events.push({ type, ...(Array.isArray(flagsChanged) && { flagsChanged }) });
    });
  }
  const started = await OpenFeature.setProviderAndWait(domain, provider).then(
    () => 'ready',
    (error: Error) => error.message,
  );
  return { client, provider, events, started };
}

const details = (client: Client, key = 'new_feature', fallback = false, context = {}) =>
  client.getBooleanDetails(key, fallback, context);

describe('the flag provider', () => {
  it('evaluates what is stored, with variant and reason', async () => {
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on' });
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

    const { client: flags } = await client();

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

  it('gives the caller’s default with reason DISABLED for a disabled flag', async () => {
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on', state: 'DISABLED' });
    const { client: flags } = await client();

    const off = await details(flags, 'new_feature', false);
    expect(off).toMatchObject({ value: false, reason: 'DISABLED' });
    expect(off.errorCode).toBeUndefined();
    expect(await details(flags, 'new_feature', true)).toMatchObject({ value: true });
  });

  it('gives the caller’s default and an error code, and never throws', async () => {
    const store = await flagStore();
    await store.set('word', { state: 'ENABLED', variants: { a: 'x' }, defaultVariant: 'a' });
    await store.set('lost', {
      state: 'ENABLED',
      variants: { a: true },
      defaultVariant: 'a',
      targeting: { if: [true, 'no-such-variant', null] },
    });
    const { client: flags } = await client();

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

  it('rolls a flag out to the same share of users in every process, who keep it when it grows', async () => {
    const store = await flagStore();
    await store.set('new_feature', shareOf(25));
    const [one, two] = await Promise.all([client(), client()]);

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

  it('tells which flags changed, on a hint, long before the next poll', async () => {
    const store = await flagStore();
    await store.set('new_feature', onOff);
    await store.set('other', onOff);
    const { client: flags, events } = await client({ pollIntervalMs: 3_600_000 });
    await subscribed();

    await store.toggle('new_feature');

    await until(() => flags.getBooleanValue('new_feature', false));
    expect(events).toContainEqual({
      type: ProviderEvents.ConfigurationChanged,
      flagsChanged: ['new_feature'],
    });
  });

  it('sees a change whose hint was lost at the next poll', async () => {
    const store = await flagStore();
    await store.set('new_feature', onOff);
    const { client: flags } = await client();
    const redis = await connect();

    const on = JSON.stringify({ ...onOff, defaultVariant: 'on' });
    await redis.hset(redisKeys(service).flags, 'new_feature', on);

    const shown = until(() => flags.getBooleanValue('new_feature', false));
    await expect(shown).resolves.toBe(true);
  });

  it('goes on with the flags it knows while Redis is stopped, as STALE, and is READY again after', async () => {
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on' });
    const { client: flags, events } = await client();

    server.pause();
    await until(() => flags.providerStatus === ProviderStatus.STALE);
    expect(await details(flags)).toMatchObject({ value: true, reason: 'STATIC' });

    server.resume();
    await until(() => flags.providerStatus === ProviderStatus.READY);
    expect(events.map(({ type }) => type)).toEqual([
      ProviderEvents.Ready,
      ProviderEvents.Stale,
      ProviderEvents.Ready,
    ]);
  });

  it('keeps its flags when Redis comes back empty', async () => {
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on' });
    const { client: flags, events } = await client();

    await server.restartEmpty();

    await until(() => flags.providerStatus === ProviderStatus.STALE);
    expect(await details(flags)).toMatchObject({ value: true });
    expect(events).not.toContainEqual(
      expect.objectContaining({ type: ProviderEvents.ConfigurationChanged }),
    );
  });

  it('starts from disk without Redis', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perch-flags-'));
    cleanUp.push(() => rm(folder, { recursive: true }));
    const lastGoodFile = join(folder, 'flags.json');
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on' });
    const first = await client({ lastGoodFile });
    await first.provider.onClose();
    await server.kill();

    const { client: flags, started } = await client({ lastGoodFile });

    expect(started).toBe('ready');
    expect(await details(flags)).toMatchObject({ value: true, variant: 'on' });
  });

  it('starts with neither disk nor Redis, gives defaults, and is READY with the first flags', async () => {
    await server.kill();
    const { client: flags, events, started } = await client();

    expect(started).toBe('no flags could be read from Redis or from disk');
    expect(flags.providerStatus).toBe(ProviderStatus.ERROR);
    expect(await details(flags, 'new_feature', true)).toMatchObject({
      value: true,
      reason: 'ERROR',
      errorCode: 'PROVIDER_NOT_READY',
    });

    await server.start();
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on' });

    await until(() => flags.getBooleanValue('new_feature', false));
    const changesOfStatus = events
      .map(({ type }) => type)
      .filter((type) => type !== ProviderEvents.ConfigurationChanged);
    expect(changesOfStatus).toEqual([ProviderEvents.Error, ProviderEvents.Ready]);
    expect(flags.providerStatus).toBe(ProviderStatus.READY);
  });

  it('leaves a definition out that cannot be used, and keeps the last good one of its key', async () => {
    const store = await flagStore();
    await store.set('new_feature', { ...onOff, defaultVariant: 'on' });
    await store.set('other', onOff);
    const { client: flags } = await client();
    const redis = await connect();

    await redis.hset(redisKeys(service).flags, 'new_feature', '{"state":"ENABLED"}', 'worse', '{');
    await store.toggle('other');

    await until(() => flags.getBooleanValue('other', false));
    expect(await details(flags, 'new_feature')).toMatchObject({ value: true, variant: 'on' });
    expect(await details(flags, 'worse')).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
  });
});

/** On for `percent` of users. */
function shareOf(percent: number) {
  const shares = [
    ['on', percent],
    ['off', 100 - percent],
  ];
  return { ...onOff, targeting: { fractional: [{ var: 'targetingKey' }, ...shares] } };
}

/** Those of 2,000 users for whom `new_feature` is on. */
async function usersWith(flags: Client): Promise<string[]> {
  const users = Array.from({ length: 2_000 }, (_, index) => `user-${index}`);
  const answers = await Promise.all(
    users.map((targetingKey) => flags.getBooleanValue('new_feature', false, { targetingKey })),
  );
  return users.filter((_, index) => answers[index]);
}

/** The hint needs the provider's subscription, which comes by a connection of its own. */
async function subscribed() {
  const redis = await connect();
  const { flagsChanged } = redisKeys(service);
  await until(async () => {
    const [, subscribers] = await redis.pubsub('NUMSUB', flagsChanged);
    return Number(subscribers) > 0;
  });
}
