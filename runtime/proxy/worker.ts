import { join } from 'node:path';
import type { Logger } from 'pino';
import { httpsPort } from '../contract/edge.ts';
import { RedisClock } from '../store/redis/redis-clock.ts';
import { CookieKeyFile } from '../store/clients/cookie-key-file.ts';
import { newCookieKey } from '../store/clients/cookie-key.ts';
import type { ProxyReport } from '../store/release/proxy-reports.ts';
import { ReleaseFile } from '../store/release/release-file.ts';
import type { ReleaseSource } from '../store/release/release-source.ts';
import { HealthChecks } from './members/health-checks.ts';
import { Exhaustion } from './members/exhaustion.ts';
import type { Handler } from './http/contract/handler.ts';
import type { TlsTermination } from './http/contract/tls.ts';
import { hostNameOf } from './http/message/host.ts';
import { HttpServer } from './http/server.ts';
import { listenFailure } from '../core/input/listen-failure.ts';
import { formatAddress, type Address } from './settings/address.ts';
import { probe } from './members/probe.ts';
import { addTlsMetrics } from './metrics/tls-metrics.ts';
import { ProxyMetrics } from './metrics/proxy-metrics.ts';
import { RedisLink } from './redis/redis-link.ts';
import { LameDuck } from './routing/lame-duck.ts';
import { MemberPool } from './routing/member-pool.ts';
import { AffinityClients } from './clients/affinity-client.ts';
import { CookieKeys } from './clients/cookie-keys.ts';
import { Router } from './routing/router.ts';
import type { ProxySettings } from './settings/settings.ts';
import { overrideFields, TrackOverride } from './routing/track-override.ts';
import { HttpsRedirect } from './tls/https-redirect.ts';
import { TlsFront } from './tls/tls-front.ts';
import { TrafficCounter } from './redis/traffic-counter.ts';
import type { MetricJson } from './metrics/metric-json.ts';
import type { ListeningPorts, WorkerStatus } from './workers/worker-messages.ts';

export interface ProxyWorkerOptions {
  readonly settings: ProxySettings;
  /** Unique per process: two processes of one machine are two proxies. */
  readonly id: string;
  readonly logger: Logger;
  /** Default: a clock of its own, which follows Redis if there is one. */
  readonly clock?: RedisClock;
  /** Called with the status after each change. */
  readonly onStatus: (status: WorkerStatus) => void;
}

const probeTimeoutMs = 1_000;
const housekeepingMs = 1_000;

/** One proxy: everything between the listening socket and the members, in one process. */
export class ProxyWorker {
  readonly #options: ProxyWorkerOptions;
  readonly #clock: RedisClock;
  readonly #traffic: TrafficCounter;
  readonly #cookieKeys = new CookieKeys();
  readonly #pool: MemberPool;
  readonly #checks: HealthChecks;
  readonly #metrics: ProxyMetrics;
  readonly #server: HttpServer;
  readonly #link: RedisLink | undefined;
  readonly #source: ReleaseSource;
  readonly #exhaustion: Exhaustion;
  readonly #lameDuck: LameDuck;
  readonly #tls: TlsFront;
  /** Port of https that clients are redirected to. */
  #tlsPort: number;
  #housekeeping: NodeJS.Timeout | undefined;
  #lastStatus = '';

  constructor(options: ProxyWorkerOptions) {
    const { settings, id, logger } = options;
    const { document, stateDir, healthPath: path, trustedProxies } = settings;
    this.#options = options;
    this.#exhaustion = new Exhaustion(logger);
    const clock = options.clock ?? new RedisClock();
    this.#clock = clock;
    this.#traffic = new TrafficCounter(() => clock.now());
    this.#pool = new MemberPool({
      warmUpMs: settings.warmUpMs,
      onEjected: (member, forMs) =>
        logger.warn({ member: member.id, forMs }, 'member ejected: its requests failed repeatedly'),
    });
    this.#checks = new HealthChecks({
      probe: (member, stop) => probe(member.upstream, { path, timeoutMs: probeTimeoutMs }, stop),
      onResult: (member, result) => {
        if (result === 'unknown') return this.#exhaustion.note();
        if (!this.#pool.probed(member, result === 'passed')) return;
        if (result === 'passed') logger.info({ member: member.id }, 'member became healthy');
        else logger.warn({ member: member.id, result }, 'member became unhealthy');
        // Its host is gone: nothing will come on these connections, and nobody closes them.
        if (result === 'unreachable') this.#server.breakConnections(member.upstream);
      },
    });
    this.#link =
      document.kind === 'file'
        ? undefined
        : new RedisLink({
            ...document,
            id,
            stateDir,
            judgeTimeoutMs: settings.judgeTimeoutMs,
            unjudgedAfterMs: settings.unjudgedAfterSeconds * 1_000,
            onWithheld: (withheld) => {
              this.#pool.withhold(withheld !== undefined);
              this.#notifyStatus();
            },
            logger,
            clock,
            traffic: this.#traffic,
            cookieKeys: this.#cookieKeys,
            report: () => this.#report(),
          });
    this.#source =
      this.#link?.source ??
      new ReleaseFile({ file: document.kind === 'file' ? document.file : '', logger });
    this.#lameDuck = new LameDuck({ stateDir, healthPath: path });
    const router = new Router({
      lameDuck: this.#lameDuck,
      pool: this.#pool,
      traffic: this.#traffic,
      override: new TrackOverride(settings.overrideToken),
      clients: new AffinityClients({ keys: this.#cookieKeys, counter: this.#traffic.clients }),
      onFault: (member) => this.#checks.doubt(member),
      onOwnFault: () => this.#exhaustion.note(),
    });
    this.#tls = new TlsFront({
      settings,
      redis: this.#link?.redis,
      logger,
      now: () => clock.now(),
    });
    this.#tlsPort = settings.tlsListen?.port ?? httpsPort;
    this.#server = new HttpServer({
      handler: this.#edgeHandler(router),
      ...(settings.hstsSeconds !== undefined && {
        hstsSeconds: (host) => this.#tls.hstsSeconds(hostNameOf(host)),
      }),
      trustedProxies,
      limits: settings.limits,
      privateRequestFields: Object.values(overrideFields),
      onRefusal: (cause, remoteAddress) => {
        this.#metrics.refused(cause);
        logger.debug({ cause, remoteAddress }, 'request refused');
      },
    });
    this.#metrics = new ProxyMetrics({
      id,
      pool: this.#pool,
      traffic: this.#traffic,
      condition: () => this.#source.condition,
      redisUp: () => this.#link?.up,
      judgeMissing: () => this.#link?.judgeMissing,
      withheld: () =>
        this.#link === undefined ? undefined : (this.#link.withheld?.reason ?? 'no'),
      connections: () => this.#server.stats.connections,
    });
    if (settings.tlsListen !== undefined) this.#metrics.add((to) => addTlsMetrics(to, this.#tls));
  }

  get status(): WorkerStatus {
    const { plan } = this.#pool;
    return {
      id: this.#options.id,
      generation: plan?.generation,
      condition: this.#source.condition,
      withheld: this.#link?.withheld?.reason,
    };
  }

  /**
   * Serves requests; answers them with 503 while it has no release document.
   * @returns the ports that it listens on.
   * @throws PerchError `port_in_use`, `bad_input` or `document_invalid`.
   */
  async start(): Promise<ListeningPorts> {
    this.#source.onChange((document) => {
      this.#pool.apply(document);
      this.#checks.watch(this.#pool.active);
      this.#link?.reportNow();
      this.#notifyStatus();
    });
    if (this.#link === undefined) await this.#takeLocalCookieKey();
    await (this.#link ?? this.#source).start();
    await this.#tls.start();
    const { listen, tlsListen } = this.#options.settings;
    const http = await this.#listen('--listen', listen);
    const https =
      tlsListen === undefined
        ? undefined
        : await this.#listen('--tls-listen', tlsListen, this.#tls);
    if (https !== undefined) this.#tlsPort = https;
    this.#housekeeping = setInterval(() => {
      this.#pool.refresh();
      this.#notifyStatus();
      void this.#followMarker();
    }, housekeepingMs);
    this.#notifyStatus();
    return { http, https };
  }

  collect(): Promise<MetricJson[]> {
    return this.#metrics.collect();
  }

  /** Stops accepting, lets running requests finish within the drain timeout, flushes its counts. */
  async drain(): Promise<void> {
    await this.#server.drain(this.#options.settings.drainTimeoutMs);
    this.#checks.stop();
    clearInterval(this.#housekeeping);
    await this.#tls.stop();
    await (this.#link ?? this.#source).stop();
  }

  /** Handler of all requests: in front of the router if the proxy has a port for https. */
  #edgeHandler(next: Handler): Handler {
    const { tlsListen, healthPath } = this.#options.settings;
    if (tlsListen === undefined) return next;
    return new HttpsRedirect({ next, hosts: this.#tls, healthPath, port: () => this.#tlsPort });
  }

  async #listen(option: string, at: Address, tls?: TlsTermination): Promise<number> {
    const listening = this.#server.listen({ ...at, reusePort: true, tls });
    const { port } = await listening.catch((cause: unknown) => {
      throw listenFailure(`${option} ${formatAddress(at)}`, cause);
    });
    return port;
  }

  /** Takes the key that the workers of this proxy share by a file, because there is no Redis. */
  async #takeLocalCookieKey(): Promise<void> {
    const { settings, logger } = this.#options;
    const own = { key: newCookieKey(), sinceMs: Date.now() };
    if (settings.stateDir === undefined) return this.#cookieKeys.restore([own]);
    const file = new CookieKeyFile(join(settings.stateDir, 'cookie-key.json'), logger);
    await file.create(own);
    const shared = await file.read();
    this.#cookieKeys.restore(shared.length > 0 ? shared : [own]);
  }

  #report(): ProxyReport {
    const { id, generation = 0, condition } = this.status;
    const health = this.#pool.active.map(
      (member) => [member.id, this.#pool.isAvailable(member) ? 'healthy' : 'unhealthy'] as const,
    );
    const inFlight = this.#pool.registry.inFlight();
    const memberHealth = Object.fromEntries(health);
    const clockOffsetMs = this.#clock.systemOffsetMs;
    const withheld = this.#link?.withheld;
    const isExhausted = this.#exhaustion.isRecent ? { isExhausted: true } : {};
    return {
      id,
      generation,
      condition,
      inFlight,
      memberHealth,
      withheld,
      clockOffsetMs,
      ...isExhausted,
    };
  }

  async #followMarker(): Promise<void> {
    const before = this.#lameDuck.isOn;
    await this.#lameDuck.refresh();
    if (this.#lameDuck.isOn === before) return;
    this.#options.logger.info({ lameDuck: !before }, 'health checks of the load balancer changed');
  }

  #notifyStatus(): void {
    const status = JSON.stringify(this.status);
    if (status === this.#lastStatus) return;
    this.#lastStatus = status;
    this.#options.onStatus(this.status);
  }
}
