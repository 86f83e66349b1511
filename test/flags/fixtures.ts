import { OpenFeature, ProviderEvents, type Client } from '@openfeature/server-sdk';
import { connectOrDefer } from '../../runtime/process/connect-or-defer.ts';
import { PerchFlagProvider } from '../../runtime/flags/provider.ts';
import { FlagStore } from '../../runtime/store/flags/flag-store.ts';
import { FlagWatch } from '../../runtime/store/flags/flag-watch.ts';
import { test as base } from '../support/fixtures.ts';
import { clientOf } from '../support/redis/redis-client.ts';
import type { TestRedis } from '../support/redis/redis-server.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';

export const service = 'shop';

export const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
} as const;

/** The flag {@link onOff} with the value true. */
export const on = { ...onOff, defaultVariant: 'on' } as const;

interface ClientOptions {
  readonly now?: () => number;
  readonly pollIntervalMs?: number;
  readonly lastGoodFile?: string | undefined;
}

/** Steps that undo what a test opened, the first one last. */
export type CleanUp = (() => Promise<unknown> | void)[];

/** An OpenFeature client with a provider of its own. */
export interface OpenedClient {
  readonly client: Client;
  readonly provider: PerchFlagProvider;
  /** Events of the provider so far. */
  readonly events: readonly { type: ProviderEvents; flagsChanged?: string[] }[];
  /** `ready`, or the message of the provider's error at its start. */
  readonly started: string;
}

/** OpenFeature keeps one provider per domain, in the whole process. */
let domains = 0;

/**
 * Tests of the flag provider.
 * - `store`: stores flags in the shared Redis.
 * - `openClientOf`: opens an OpenFeature client for the flags in the Redis of a server.
 * - `openClient`: opens a client for the flags in the shared Redis.
 */
export const test = base
  .extend('store', ({ redis }) => new FlagStore(redis, service, { by: 'test' }))
  .extend('openClientOf', async ({}, { onCleanup }) => {
    const cleanUp: CleanUp = [];
    onCleanup(async () => {
      for (const step of cleanUp.toReversed()) await step();
      await OpenFeature.clearProviders();
    });
    return (server: TestRedis, options: ClientOptions = {}) => open(server, options, cleanUp);
  })
  .extend('openClient', ({ openClientOf, sharedServer }) => {
    return (options: ClientOptions = {}) => openClientOf(sharedServer, options);
  });

async function open(
  server: TestRedis,
  { now = Date.now, pollIntervalMs = 50, lastGoodFile }: ClientOptions,
  cleanUp: CleanUp,
): Promise<OpenedClient> {
  const source = await openFlagWatch(server, { now, pollIntervalMs, lastGoodFile }, cleanUp);
  // The source writes to its file until it stops.
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

/**
 * Opens a watch of the flags in the Redis of `server`. Whoever starts it stops it; its connection is
 * closed by `cleanUp`.
 */
export async function openFlagWatch(
  server: TestRedis,
  { lastGoodFile, ...options }: ClientOptions,
  cleanUp: CleanUp,
): Promise<FlagWatch> {
  const redis = await connectOrDefer({
    url: server.url,
    name: 'test',
    logger,
    commandTimeoutMs: 200,
  });
  cleanUp.push(() => redis.disconnect());
  return new FlagWatch({
    redis,
    service,
    logger,
    ...options,
    ...(lastGoodFile !== undefined && { lastGoodFile }),
  });
}

/** Stores the flag new_feature, on, in the Redis of `server`. */
export async function storeNewFeature(server: TestRedis): Promise<void> {
  using redis = await clientOf(server);
  await new FlagStore(redis, service, { by: 'test' }).set('new_feature', on);
}

/** Evaluates a boolean flag with variant and reason. */
export function details(client: Client, key = 'new_feature', fallback = false, context = {}) {
  return client.getBooleanDetails(key, fallback, context);
}
