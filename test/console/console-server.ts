import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Hono } from 'hono';
import type { Redis } from 'ioredis';
import type { Overview } from '../../runtime/console/overview.ts';
import { createConsole, type Console } from '../../runtime/console/console.ts';
import { ServiceList } from '../../runtime/console/services/service-list.ts';
import { openServiceParts } from '../../runtime/console/services/service-parts.ts';
import { HttpService } from '../../runtime/process/http-service.ts';
import { connectOrDefer } from '../../runtime/process/connect-or-defer.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { MaintenanceStore } from '../../runtime/store/release/maintenance-store.ts';
import { MuteStore } from '../../runtime/store/incidents/mute-store.ts';
import { FlagStore } from '../../runtime/store/flags/flag-store.ts';
import { ProxyReports } from '../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../runtime/store/release/release-store.ts';
import type { TestRedis } from '../support/redis/redis-server.ts';
import { member, releaseDocument } from '../support/release-document.ts';
import { silentLogger as logger } from '../support/silent-logger.ts';

export const service = 'shop';

export const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
  metadata: { description: 'A switch' },
} as const;

interface ConsoleServerOptions {
  readonly isReadOnly?: boolean;
  readonly port?: number;
  /** Makes the routes of sign-in for the origin of the console. Default: nobody signs in. */
  readonly signIn?: (origin: string) => Hono;
}

/** A console that listens on loopback. */
export class ConsoleServer implements AsyncDisposable {
  readonly redis: Redis;
  readonly flags: FlagStore;
  readonly events: EventLog;
  readonly incidents: IncidentStore;
  readonly maintenance: MaintenanceStore;
  readonly mutes: MuteStore;
  readonly reports: ProxyReports;
  readonly releases: ReleaseStore;
  readonly origin: string;
  readonly #stop: () => Promise<void>;

  private constructor(redis: Redis, origin: string, stop: () => Promise<void>) {
    this.redis = redis;
    this.flags = new FlagStore(redis, service, { by: 'test' });
    this.events = new EventLog(redis, service);
    this.incidents = new IncidentStore(redis, service);
    this.maintenance = new MaintenanceStore(redis, service);
    this.mutes = new MuteStore(redis, service);
    this.reports = new ProxyReports(redis, service);
    this.releases = new ReleaseStore(redis, service, { by: 'test' });
    this.origin = origin;
    this.#stop = stop;
  }

  /** Starts one that may change everything on a free port, unless told otherwise. */
  static async start(
    server: TestRedis,
    { isReadOnly = false, port = 0, signIn }: ConsoleServerOptions = {},
  ): Promise<ConsoleServer> {
    // A busy machine must not look like a Redis that is away.
    const connection = { url: server.url, name: 'test', logger, commandTimeoutMs: 5_000 };
    const redis = await connectOrDefer(connection);
    const list = new ServiceList({ redis, own: service, now: Date.now });
    const services = () => list.read();
    const shared = { redis, services, now: Date.now, logger, pollIntervalMs: 50 };
    const made = Promise.withResolvers<Console>();
    const http = await HttpService.listen({
      fetch: async (...request) => (await made.promise).app.fetch(...request),
      host: '127.0.0.1',
      port,
    });
    const { app, stop } = createConsole({
      service,
      serviceNames: () => list.names(),
      openService: (name) => openServiceParts({ ...shared, service: name }),
      operator: 'ada',
      isReadOnly,
      allowedHosts: ['perch.example'],
      ...(signIn !== undefined && { signIn: signIn(http.origin) }),
      logger,
    });
    made.resolve({ app, stop });
    return new ConsoleServer(redis, http.origin, async () => {
      await stop();
      await http.drain(0);
      redis.disconnect();
    });
  }

  /** Reads what the page shows. */
  async overview(): Promise<Overview> {
    return (await (await fetch(`${this.origin}/api/overview`)).json()) as Overview;
  }

  /** Toggles a flag over HTTP. */
  toggle(key: string): Promise<Response> {
    return fetch(`${this.origin}/flags/${key}/toggle`, { method: 'POST' });
  }

  /** Status of a request with any `Host`, `Origin` and `Sec-Fetch-Site`, which fetch would not send. */
  async statusOf(method: string, path: string, headers: Record<string, string>) {
    return (await this.responseOf(method, path, headers)).statusCode;
  }

  /** Response without its body to such a request. */
  async responseOf(method: string, path: string, headers: Record<string, string>) {
    const sent = request(`${this.origin}${path}`, { method, headers }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  }

  /** Stores a release document without a check. */
  async storeRelease(overrides: Partial<ReleaseDocument>): Promise<void> {
    const document = releaseDocument(overrides);
    await this.redis.set(redisKeys(service).release, JSON.stringify(document));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

/** Posts JSON to a route of a console. */
export function post(
  { origin }: Pick<ConsoleServer, 'origin'>,
  route: string,
  body: unknown,
): Promise<Response> {
  return fetch(`${origin}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** Status and fields of the response to JSON that is posted. */
export async function posted(...given: Parameters<typeof post>) {
  const response = await post(...given);
  const { status } = response;
  return { status, ...((await response.json()) as object) };
}

/** Release with two stable members and a canary at weight 25. */
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
