import { OpenFeature } from '@openfeature/server-sdk';
import type { Redis } from 'ioredis';
import { createApp } from '../../runtime/app/app.ts';
import { Faults } from '../../runtime/app/faults/faults.ts';
import { AppFlags } from '../../runtime/app/flags.ts';
import { seedFlags } from '../../runtime/app/seed-flags.ts';
import { ValueStore } from '../../runtime/app/value-store.ts';
import { HttpService } from '../../runtime/process/http-service.ts';
import { connectOrDefer } from '../../runtime/process/connect-or-defer.ts';
import type { Track } from '../../runtime/contract/names.ts';
import { PerchFlagProvider } from '../../runtime/flags/provider.ts';
import { FlagStore } from '../../runtime/store/flags/flag-store.ts';
import { FlagWatch } from '../../runtime/store/flags/flag-watch.ts';
import { ReleaseStore } from '../../runtime/store/release/release-store.ts';
import { test as base } from '../support/fixtures.ts';
import type { TestRedis } from '../support/redis/redis-server.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';
import { until } from '../support/until.ts';

export const service = 'shop';

interface MemberOptions {
  readonly version?: string;
  readonly faultsApi?: boolean;
  readonly crash?: () => void;
}

/** OpenFeature keeps one provider per domain, in the whole process. */
let domains = 0;

/** Members of the demo app that listen on loopback, over a Redis with the app's flags. */
export class DemoApp implements AsyncDisposable {
  readonly server: TestRedis;
  readonly redis: Redis;
  readonly flags: FlagStore;
  readonly releases: ReleaseStore;
  readonly #cleanUp: (() => Promise<unknown> | void)[] = [];
  readonly #members = { stable: 0, canary: 0 };

  private constructor(server: TestRedis, redis: Redis) {
    this.server = server;
    this.redis = redis;
    this.flags = new FlagStore(redis, service, { by: 'test' });
    this.releases = new ReleaseStore(redis, service, { by: 'demo page' });
  }

  /** Stores the app's flags in the Redis of `server`. */
  static async start(server: TestRedis): Promise<DemoApp> {
    const redis = await connectOrDefer({ url: server.url, name: 'test', logger });
    const demo = new DemoApp(server, redis);
    demo.#cleanUp.push(() => redis.disconnect());
    await seedFlags(demo.flags);
    return demo;
  }

  /** Starts a member and returns its origin, `http://127.0.0.1:PORT`. */
  async member(track: Track, options: MemberOptions = {}): Promise<string> {
    const memberId = `${service}-${track}-${(this.#members[track] += 1)}`;
    const domain = `${memberId}-${(domains += 1)}`;
    const identity = { service, track, version: options.version ?? '1.0.0', memberId, host: 'h1' };
    const redis = await connectOrDefer({ url: this.server.url, name: memberId, logger });
    const source = new FlagWatch({ redis, service, logger, pollIntervalMs: 50 });
    const provider = new PerchFlagProvider({ source, logger });
    await OpenFeature.setProviderAndWait(domain, provider);
    const faults =
      options.faultsApi === true
        ? new Faults({ crash: options.crash ?? (() => undefined) })
        : undefined;
    const app = createApp({
      identity,
      flags: new AppFlags(OpenFeature.getClient(domain), identity),
      values: new ValueStore(redis, service),
      logger,
      ...(faults !== undefined && { faults }),
      ...(options.faultsApi === true && { breakable: this.releases }),
    });
    const http = await HttpService.listen({ fetch: app.fetch, host: '127.0.0.1', port: 0 });
    this.#cleanUp.push(
      () => redis.disconnect(),
      () => provider.onClose(),
      () => http.drain(0),
      () => faults?.stop(),
    );
    return http.origin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#cleanUp.toReversed()) await step();
  }
}

/**
 * Tests of the demo app. A file shares one app, `demo`, with the members `stable` (version 1.0.0) and
 * `canary` (version 2.0.0); a test that changes a flag restores it.
 */
export const test = base
  .extend('demo', { scope: 'file' }, async ({ sharedServer }, { onCleanup }): Promise<DemoApp> => {
    const demo = await DemoApp.start(sharedServer);
    onCleanup(() => demo[Symbol.asyncDispose]());
    return demo;
  })
  .extend('stable', { scope: 'file' }, ({ demo }) => demo.member('stable'))
  .extend('canary', { scope: 'file' }, ({ demo }) => demo.member('canary', { version: '2.0.0' }));

/** Sends a POST request without a body. */
export function post(url: string): Promise<Response> {
  return fetch(url, { method: 'POST' });
}

/** Reads a page of the app. */
export async function page(origin: string, path = '/'): Promise<string> {
  return (await fetch(`${origin}${path}`)).text();
}

/** Waits until `url` answers with `status`. */
export function untilStatus(url: string, status: number): Promise<Response> {
  return until(
    async () => {
      const response = await fetch(url);
      return response.status === status && response;
    },
    { what: `${url} to answer ${status}` },
  );
}
