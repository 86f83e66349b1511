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
import { startRedis, type TestRedis } from '../support/redis.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';
import { until } from '../support/until.ts';

export const service = 'shop';

interface MemberOptions {
  readonly version?: string;
  readonly faultsApi?: boolean;
  readonly crash?: () => void;
}

/** A Redis with the demo app's flags, and members of the app that listen on loopback. */
export class AppFixture implements AsyncDisposable {
  readonly server: TestRedis;
  readonly redis: Redis;
  readonly flags: FlagStore;
  readonly #cleanUp: (() => Promise<unknown> | void)[] = [];
  #members = 0;

  private constructor(server: TestRedis, redis: Redis) {
    this.server = server;
    this.redis = redis;
    this.flags = new FlagStore(redis, service, { by: 'test' });
  }

  static async start(): Promise<AppFixture> {
    const server = await startRedis();
    const redis = await connectOrDefer({ url: server.url, name: 'test', logger });
    const fixture = new AppFixture(server, redis);
    fixture.#cleanUp.push(
      () => server[Symbol.asyncDispose](),
      () => redis.disconnect(),
    );
    await seedFlags(fixture.flags);
    return fixture;
  }

  /** @returns the member's origin, `http://127.0.0.1:PORT`. */
  async member(track: Track, options: MemberOptions = {}): Promise<string> {
    const memberId = `${service}-${track}-${(this.#members += 1)}`;
    const identity = { service, track, version: options.version ?? '1.0.0', memberId, host: 'h1' };
    const redis = await connectOrDefer({ url: this.server.url, name: memberId, logger });
    const source = new FlagWatch({ redis, service, logger, pollIntervalMs: 50 });
    const provider = new PerchFlagProvider({ source, logger });
    await OpenFeature.setProviderAndWait(memberId, provider);
    const faults =
      options.faultsApi === true
        ? new Faults({ crash: options.crash ?? (() => undefined) })
        : undefined;
    const app = createApp({
      identity,
      flags: new AppFlags(OpenFeature.getClient(memberId), identity),
      values: new ValueStore(redis, service),
      logger,
      ...(faults !== undefined && { faults }),
      faultsApi: options.faultsApi ?? false,
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
