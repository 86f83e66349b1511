import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Resolver } from 'node:dns/promises';
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { CertificateStatus } from '../../../runtime/core/edge/certificate-status.ts';
import { EdgeLink } from '../../../runtime/proxy/acme/edge-link.ts';
import { ReportLoop } from '../../../runtime/proxy/redis/report-loop.ts';
import { CertificateStatusStore } from '../../../runtime/store/edge/certificate-status-store.ts';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { silentLogger } from '../silent-logger.ts';
import { until } from '../until.ts';
import type { Pebble } from './pebble.ts';
import type { Certificate } from '../../../runtime/core/edge/certificate.ts';

export const edgeService = 'shop';

/** A new key that seals the edge's secrets. */
export function newSealingKey(): string {
  return randomBytes(32).toString('base64');
}

export interface EdgeStageOptions {
  readonly redisUrl: string;
  readonly pebble: Pebble;
  readonly hosts: readonly string[];
  readonly sealingKeys?: readonly string[];
  /** Time after it got the lease before a proxy orders, milliseconds. Default 1,000. */
  readonly calmMs?: number;
  /** URL of a directory in front of Pebble. Default: Pebble's own. */
  readonly directoryUrl?: string;
}

export interface EdgeProxyOptions {
  readonly id: string;
  readonly stateDir?: string;
  readonly sealingKeys?: readonly string[];
}

/** Proxies of one edge without their data plane, with a clock that tests set and a real authority. */
export class EdgeStage implements AsyncDisposable {
  readonly #options: EdgeStageOptions;
  readonly #proxies = new Set<EdgeProxy>();
  readonly #server: Server;
  readonly #sealingKeys: readonly string[];
  /** Milliseconds by which the injected clock is ahead. */
  aheadMs = 0;
  #asked = 0;

  private constructor(options: EdgeStageOptions) {
    this.#options = options;
    this.#sealingKeys = options.sealingKeys ?? [newSealingKey()];
    this.#server = createServer(({ url = '' }, response) => {
      const answer = this.#answer(url.replace('/.well-known/acme-challenge/', ''));
      response.writeHead(answer === undefined ? 404 : 200).end(answer);
    });
  }

  static async start(options: EdgeStageOptions): Promise<EdgeStage> {
    const stage = new EdgeStage(options);
    stage.#server.listen(options.pebble.challengePort, '127.0.0.1');
    await once(stage.#server, 'listening');
    return stage;
  }

  readonly now = () => Date.now() + this.aheadMs;

  /** Starts a proxy; it does not wait for Redis. */
  async startProxy(options: EdgeProxyOptions): Promise<EdgeProxy> {
    const { pebble, redisUrl, hosts, calmMs = 1_000 } = this.#options;
    const { directoryUrl = pebble.directoryUrl } = this.#options;
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${pebble.dnsPort}`]);
    const proxy = new EdgeProxy({
      sealingKeys: this.#sealingKeys,
      ...options,
      redisUrl,
      hosts,
      calmMs,
      authority: { directoryUrl, caCertificate: pebble.caCertificate },
      resolver,
      now: this.now,
      onStop: () => this.#proxies.delete(proxy),
    });
    this.#proxies.add(proxy);
    await proxy.start();
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#proxies, (proxy) => proxy.stop()));
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Asks the proxies in turn, as a load balancer would: each one must know every answer. */
  #answer(token: string): string | undefined {
    const proxies = [...this.#proxies];
    this.#asked += 1;
    return proxies[this.#asked % proxies.length]?.link.challengeAnswer(token);
  }
}

interface EdgeProxySettings extends EdgeProxyOptions {
  readonly calmMs: number;
  readonly sealingKeys: readonly string[];
  readonly redisUrl: string;
  readonly hosts: readonly string[];
  readonly authority: { readonly directoryUrl: string; readonly caCertificate: string };
  readonly resolver: Resolver;
  readonly now: () => number;
  readonly onStop: () => void;
}

export class EdgeProxy {
  readonly redis: Redis;
  readonly link: EdgeLink;
  readonly #reports: ReportLoop;
  readonly #onStop: () => void;
  readonly #statuses: CertificateStatusStore;
  #certificates: readonly Certificate[] = [];

  constructor(settings: EdgeProxySettings) {
    const { id, redisUrl, hosts, authority, resolver, now, stateDir, sealingKeys } = settings;
    this.#onStop = settings.onStop;
    this.redis = connectRedis({ url: redisUrl, name: id, logger: silentLogger });
    this.#statuses = new CertificateStatusStore(this.redis, edgeService);
    this.#reports = new ReportLoop({
      report: () => ({
        id,
        generation: 1,
        condition: 'fresh',
        inFlight: {},
        memberHealth: {},
        ...this.link.report,
      }),
      reports: new ProxyReports(this.redis, edgeService),
      logger: silentLogger,
    });
    this.link = new EdgeLink({
      redis: this.redis,
      service: edgeService,
      id,
      stateDir,
      sealingKeys,
      acme: { authority, email: undefined, publicAddresses: ['127.0.0.1'], hosts: () => hosts },
      onCertificates: (held) => (this.#certificates = held.map(({ certificate }) => certificate)),
      onReport: () => this.#reports.reportNow(),
      now,
      logger: silentLogger,
      resolver,
      calmMs: settings.calmMs,
    });
  }

  async start(): Promise<void> {
    await this.link.restore();
    await this.link.start();
  }

  async stop(): Promise<void> {
    await this.link.stop();
    await this.#reports.stop();
    this.redis.disconnect();
    this.#onStop();
  }

  certificateOf(host: string): Certificate | undefined {
    return this.#certificates.find(({ hosts }) => hosts.includes(host));
  }

  async untilCertified(host: string): Promise<Certificate> {
    return await until(() => this.certificateOf(host), { what: `a certificate for ${host}` });
  }

  /** Undefined also while there is no connection to Redis. */
  async statusOf(host: string): Promise<CertificateStatus | undefined> {
    const statuses = await this.#statuses.list().catch(() => []);
    return statuses.find((status) => status.host === host);
  }

  async untilFailed(host: string): Promise<CertificateStatus> {
    return await until(
      async () => {
        const status = await this.statusOf(host);
        return status !== undefined && status.failures > 0 && status;
      },
      { what: `a failed order for ${host}` },
    );
  }
}
