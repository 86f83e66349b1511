import { join } from 'node:path';
import type { Logger } from 'pino';
import type { StoredRoute } from '../../core/edge/route.ts';
import type { RedisClock } from '../../store/redis/redis-clock.ts';
import { CookieKeyFile } from '../../store/clients/cookie-key-file.ts';
import { newCookieKey } from '../../store/clients/cookie-key.ts';
import type { ProxyReport, Withheld } from '../../store/release/proxy-reports.ts';
import { ReleaseFile } from '../../store/release/release-file.ts';
import type { ReleaseCondition, ReleaseSource } from '../../store/release/release-source.ts';
import type { EdgeOfProxy } from '../acme/edge-link.ts';
import { AffinityClients } from '../clients/affinity-client.ts';
import { CookieKeys } from '../clients/cookie-keys.ts';
import type { Handler, Upstream } from '../http/contract/handler.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import type { Exhaustion } from '../members/exhaustion.ts';
import { HealthChecks } from '../members/health-checks.ts';
import { probe } from '../members/probe.ts';
import { RedisLink } from '../redis/redis-link.ts';
import type { RedisSession } from '../redis/redis-session.ts';
import { TrafficCounter } from '../redis/traffic-counter.ts';
import { healthCheckHost } from '../routing/health-check-host.ts';
import type { LameDuck } from '../routing/lame-duck.ts';
import { MaintenanceAnswers } from '../routing/maintenance-answers.ts';
import { MemberPool } from '../routing/member-pool.ts';
import { Router } from '../routing/router.ts';
import { TrackOverride } from '../routing/track-override.ts';
import type { ProxySettings } from '../settings/settings.ts';

/** Parts of a service's route that its requests depend on once they have come to it. */
type ServedRoute = Pick<StoredRoute, 'pathPrefix' | 'healthPath' | 'healthHost' | 'assetPaths'>;

export interface ServedServiceOptions {
  /** Name of the service. Without Redis, that of its document replaces it. */
  readonly name: string;
  readonly settings: ProxySettings;
  /** Returns the registered route of the service, undefined if it has none. */
  readonly registered: () => ServedRoute | undefined;
  /** Beginnings of paths of assets, unless its route has some. */
  readonly assetPaths: readonly string[];
  /** Host of health checks, unless its route has one. Undefined: the address of what is asked. */
  readonly healthHost: string | undefined;
  /** Certificates of the edge, for the proxy's own service; undefined for the others. */
  readonly edge: EdgeOfProxy | undefined;
  /** Certificate that the proxy reads from files, as its own service reports it. */
  readonly fileCertificate: () => ProxyReport['fileCertificate'];
  /** Generation of the routes that the proxy applies. */
  readonly routesGeneration: () => number;
  /** Undefined without Redis. */
  readonly session: RedisSession | undefined;
  /** The proxy's id. */
  readonly id: string;
  readonly logger: Logger;
  readonly clock: RedisClock;
  readonly exhaustion: Exhaustion;
  readonly lameDuck: LameDuck;
  /** Breaks all connections to an upstream that is gone. */
  readonly breakConnections: (upstream: Upstream) => void;
  /** Called when the generation, the condition or what is withheld may have changed. */
  readonly onStatus: () => void;
}

const probeTimeoutMs = 1_000;

/** One service as a proxy serves it: its members, their health, its release document and its counts. */
export class ServedService implements Handler {
  readonly pool: MemberPool;
  readonly traffic: TrafficCounter;
  readonly #options: ServedServiceOptions;
  readonly #cookieKeys = new CookieKeys();
  readonly #checks: HealthChecks;
  readonly #link: RedisLink | undefined;
  readonly #source: ReleaseSource;
  readonly #router: Router;
  readonly #maintenance: MaintenanceAnswers;
  /** Retained, because requests ask for it, and a look-up costs each of them. */
  #route: ServedRoute | undefined;

  constructor(options: ServedServiceOptions) {
    const { name, settings, session, id, logger, clock, exhaustion, lameDuck, breakConnections } =
      options;
    const { document, stateDir } = settings;
    this.#options = options;
    this.traffic = new TrafficCounter(() => clock.now());
    const override = new TrackOverride(settings.overrideToken);
    const healthHost = () => this.#route?.healthHost ?? options.healthHost;
    const healthPath = () => this.#route?.healthPath ?? settings.healthPath;
    this.#maintenance = new MaintenanceAnswers({ override, healthPath });
    this.pool = new MemberPool({
      warmUpMs: settings.warmUpMs,
      onEjected: (member, forMs) =>
        logger.warn({ member: member.id, forMs }, 'member ejected: its requests failed repeatedly'),
    });
    this.#checks = new HealthChecks({
      probe: (member, stop) => {
        const asked = { path: healthPath(), host: healthHost(), timeoutMs: probeTimeoutMs };
        return probe(member.upstream, asked, stop);
      },
      onResult: (member, result) => {
        if (result === 'unknown') return exhaustion.note();
        if (!this.pool.probed(member, result === 'passed')) return;
        if (result === 'passed') logger.info({ member: member.id }, 'member became healthy');
        else logger.warn({ member: member.id, result }, 'member became unhealthy');
        // Its host is gone: nothing will come on these connections, and nobody closes them.
        if (result === 'unreachable') breakConnections(member.upstream);
      },
    });
    this.#link =
      session === undefined
        ? undefined
        : new RedisLink({
            service: name,
            session,
            id,
            stateDir,
            judgeTimeoutMs: settings.judgeTimeoutMs,
            unjudgedAfterMs: settings.unjudgedAfterSeconds * 1_000,
            onWithheld: (withheld) => {
              this.pool.withhold(withheld !== undefined);
              options.onStatus();
            },
            logger,
            onMaintenance: (maintenance) => this.#maintenance.follow(maintenance),
            traffic: this.traffic,
            cookieKeys: this.#cookieKeys,
            report: () => this.#report(),
            edge: options.edge,
          });
    this.#source =
      this.#link?.source ??
      new ReleaseFile({ file: document.kind === 'file' ? document.file : '', logger });
    this.#router = new Router({
      lameDuck,
      pool: this.pool,
      traffic: this.traffic,
      override,
      clients: new AffinityClients({
        keys: this.#cookieKeys,
        counter: this.traffic.clients,
        pathPrefix: () => this.#route?.pathPrefix,
      }),
      hostFor: (request) => healthCheckHost(request, healthHost(), healthPath),
      assetPaths: () => this.#route?.assetPaths ?? options.assetPaths,
      onFault: (member) => this.#checks.doubt(member),
      onOwnFault: () => exhaustion.note(),
    });
  }

  get name(): string {
    const { name, session } = this.#options;
    return session === undefined ? (this.#source.current?.service ?? name) : name;
  }

  /** True while requests are in flight to its members. */
  get isBusy(): boolean {
    return Object.values(this.pool.registry.inFlight()).some((requests) => requests > 0);
  }

  /** Generation of the applied document; undefined before the first. */
  get generation(): number | undefined {
    return this.pool.plan?.generation;
  }

  get condition(): ReleaseCondition {
    return this.#source.condition;
  }

  /** Reason for which the canary's share is withheld; undefined while the canary gets it. */
  get withheld(): Withheld | undefined {
    return this.#link?.withheld;
  }

  /** True if Redis took the last report; undefined without Redis. */
  get redisUp(): boolean | undefined {
    return this.#link?.up;
  }

  /** True if a canary with a share lacks a judge; undefined without Redis. */
  get judgeMissing(): boolean | undefined {
    return this.#link?.judgeMissing;
  }

  route(request: RequestHead): ReturnType<Handler['route']> {
    return this.#maintenance.replyTo(request) ?? this.#router.route(request);
  }

  /** Takes the registered route as it is now; to be called whenever the routes have changed. */
  takeRoute(): void {
    this.#route = this.#options.registered();
  }

  /**
   * Follows the release document. Settles when its first read has succeeded or failed.
   * @throws PerchError `bad_input` or `document_invalid` for a document from a file.
   */
  async start(): Promise<void> {
    this.takeRoute();
    this.#source.onChange((document) => {
      this.pool.apply(document);
      this.#checks.watch(this.pool.active);
      this.#link?.reportNow();
      this.#options.onStatus();
    });
    if (this.#link === undefined) await this.#takeLocalCookieKey();
    await (this.#link ?? this.#source).start();
  }

  /** Returns the answer to an http-01 challenge, from memory; undefined if no order asks for it. */
  challengeAnswer(token: string): string | undefined {
    return this.#link?.challengeAnswer(token);
  }

  /** Reports to Redis at once instead of within a second. */
  reportNow(): void {
    this.#link?.reportNow();
  }

  /** Returns members whose ejection has ended; to be called about once a second. */
  refresh(): void {
    this.pool.refresh();
  }

  /** Flushes its counts and withdraws its report. */
  async stop(): Promise<void> {
    this.#checks.stop();
    await (this.#link ?? this.#source).stop();
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
    const { id, clock, exhaustion, routesGeneration, fileCertificate } = this.#options;
    const health = this.pool.active.map(
      (member) => [member.id, this.pool.isAvailable(member) ? 'healthy' : 'unhealthy'] as const,
    );
    const counts = this.pool.active.map(({ id, stats }) => [id, { ...stats.compared }] as const);
    const nowMs = performance.now();
    const latencies = this.pool.active.map(
      ({ id, stats }) => [id, stats.recentLatency.read(nowMs)] as const,
    );
    return {
      id,
      generation: this.generation ?? 0,
      condition: this.condition,
      inFlight: this.pool.registry.inFlight(),
      memberHealth: Object.fromEntries(health),
      memberCounts: Object.fromEntries(counts),
      memberLatencies: Object.fromEntries(latencies.filter(([, run]) => run.length > 0)),
      withheld: this.withheld,
      clockOffsetMs: clock.systemOffsetMs,
      routesGeneration: routesGeneration(),
      fileCertificate: fileCertificate(),
      ...(exhaustion.isRecent ? { isExhausted: true } : {}),
      ...this.#link?.maintenanceReport,
      ...this.#link?.edgeReport,
    };
  }
}
