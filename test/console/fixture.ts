import type { Redis } from 'ioredis';
import { createConsole } from '../../runtime/console/console.ts';
import { HttpService } from '../../runtime/process/http-service.ts';
import { connectOrDefer } from '../../runtime/process/connect-or-defer.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { FlagStore } from '../../runtime/store/flags/flag-store.ts';
import { FlagWatch } from '../../runtime/store/flags/flag-watch.ts';
import { ProxyReports } from '../../runtime/store/release/proxy-reports.ts';
import { ReleaseWatch } from '../../runtime/store/release/release-watch.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { member, releaseDocument } from '../support/release-document.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';

export const service = 'shop';

export const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
  metadata: { description: 'A switch' },
} as const;

/** A console over a Redis of its own that listens on loopback. */
export class ConsoleFixture implements AsyncDisposable {
  readonly server: TestRedis;
  readonly redis: Redis;
  readonly flags: FlagStore;
  readonly events: EventLog;
  readonly reports: ProxyReports;
  readonly origin: string;
  readonly #stop: () => Promise<void>;

  private constructor(server: TestRedis, redis: Redis, origin: string, stop: () => Promise<void>) {
    this.server = server;
    this.redis = redis;
    this.flags = new FlagStore(redis, service, { by: 'test' });
    this.events = new EventLog(redis, service);
    this.reports = new ProxyReports(redis, service);
    this.origin = origin;
    this.#stop = stop;
  }

  static async start(): Promise<ConsoleFixture> {
    const server = await startRedis();
    const redis = await connectOrDefer({ url: server.url, name: 'test', logger });
    const releases = new ReleaseWatch({ redis, service, logger, pollIntervalMs: 50 });
    const flags = new FlagWatch({ redis, service, logger, pollIntervalMs: 50 });
    await Promise.all([releases.start(), flags.start()]);
    const app = createConsole({
      service,
      releases,
      flags,
      store: new FlagStore(redis, service, { by: 'console' }),
      reports: new ProxyReports(redis, service),
      events: new EventLog(redis, service),
      allowedHosts: ['perch.example'],
      logger,
    });
    const http = await HttpService.listen({ fetch: app.fetch, host: '127.0.0.1', port: 0 });
    return new ConsoleFixture(server, redis, http.origin, async () => {
      await http.drain(0);
      await Promise.all([releases.stop(), flags.stop()]);
      redis.disconnect();
      await server[Symbol.asyncDispose]();
    });
  }

  /** Stores a document as it is, as another process would have. */
  async release(overrides: Partial<ReleaseDocument>): Promise<void> {
    const document = releaseDocument(overrides);
    await this.redis.set(redisKeys(service).release, JSON.stringify(document));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

/** Two stable members and a canary that gets a quarter. */
export const quarterToCanary: Partial<ReleaseDocument> = {
  generation: 7,
  rolloutId: 'r-2',
  phase: 'progressing',
  weight: 25,
  reason: 'weight set to 25',
  updatedAt: Date.UTC(2026, 10, 21),
  updatedBy: 'ci@builder',
  members: [
    member('canary-1', 20_003, { version: '2.0.0' }),
    member('stable-2', 20_002, { state: 'draining' }),
    member('stable-1', 20_001),
  ],
};
