import type { Logger } from 'pino';
import type { ProxyReport } from '../store/release/proxy-reports.ts';
import { ReleaseFile } from '../store/release/release-file.ts';
import type { ReleaseSource } from '../store/release/release-source.ts';
import { HealthChecks } from './members/health-checks.ts';
import { HttpServer } from './http/server.ts';
import { listenFailure } from './settings/listen-failure.ts';
import { probe } from './members/probe.ts';
import { ProxyMetrics } from './metrics/proxy-metrics.ts';
import { RedisLink } from './redis/redis-link.ts';
import { MemberPool } from './routing/member-pool.ts';
import { Router } from './routing/router.ts';
import type { ProxySettings } from './settings/settings.ts';
import { overrideFields, TrackOverride } from './routing/track-override.ts';
import { TrafficCounter } from './redis/traffic-counter.ts';
import type { MetricJson } from './metrics/metric-json.ts';
import type { WorkerStatus } from './workers/worker-messages.ts';

export interface ProxyWorkerOptions {
  readonly settings: ProxySettings;
  /** Unique: two processes of one machine are two proxies. */
  readonly id: string;
  readonly logger: Logger;
  /** Takes the status whenever it changes. */
  readonly onStatus: (status: WorkerStatus) => void;
}

const probeTimeoutMs = 1_000;
const housekeepingMs = 1_000;

/** One proxy: everything between the listening socket and the members, in one process. */
export class ProxyWorker {
  readonly #options: ProxyWorkerOptions;
  readonly #traffic = new TrafficCounter();
  readonly #pool: MemberPool;
  readonly #checks: HealthChecks;
  readonly #metrics: ProxyMetrics;
  readonly #server: HttpServer;
  readonly #link: RedisLink | undefined;
  readonly #source: ReleaseSource;
  #housekeeping: NodeJS.Timeout | undefined;
  #told = '';

  constructor(options: ProxyWorkerOptions) {
    const { settings, id, logger } = options;
    const { document, stateDir, healthPath: path, trustedProxies } = settings;
    this.#options = options;
    this.#pool = new MemberPool({
      onEjected: (member, forMs) =>
        logger.warn({ member: member.id, forMs }, 'member ejected: its requests kept failing'),
    });
    this.#checks = new HealthChecks({
      probe: (member, stop) => probe(member.upstream, { path, timeoutMs: probeTimeoutMs }, stop),
      onResult: (member, passed) => {
        if (!this.#pool.probed(member, passed)) return;
        if (passed) logger.info({ member: member.id }, 'member healthy again');
        else logger.warn({ member: member.id }, 'member unhealthy');
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
            logger,
            traffic: this.#traffic,
            report: () => this.#report(),
          });
    this.#source =
      this.#link?.source ??
      new ReleaseFile({ file: document.kind === 'file' ? document.file : '', logger });
    const router = new Router({
      pool: this.#pool,
      traffic: this.#traffic,
      override: new TrackOverride(settings.overrideToken),
      onFault: (member) => this.#checks.doubt(member),
    });
    this.#server = new HttpServer({
      handler: router,
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
      connections: () => this.#server.stats.connections,
    });
  }

  get status(): WorkerStatus {
    const { plan } = this.#pool;
    return {
      id: this.#options.id,
      generation: plan?.generation,
      condition: this.#source.condition,
    };
  }

  /**
   * Serves, with the release document or, when there is none to be had, with 503.
   * @returns the port that it listens on.
   * @throws PerchError `port_in_use`, `bad_input` or `document_invalid`.
   */
  async start(): Promise<number> {
    this.#source.onChange((document) => {
      this.#pool.apply(document);
      this.#checks.watch(this.#pool.active);
      this.#link?.reportNow();
      this.#tell();
    });
    await (this.#link ?? this.#source).start();
    const { listen } = this.#options.settings;
    const address = await this.#server
      .listen({ ...listen, reusePort: true })
      .catch((cause: unknown) => {
        throw listenFailure('--listen', listen, cause);
      });
    this.#housekeeping = setInterval(() => {
      this.#pool.refresh();
      this.#tell();
    }, housekeepingMs);
    this.#tell();
    return address.port;
  }

  collect(): Promise<MetricJson[]> {
    return this.#metrics.collect();
  }

  /** Takes nothing new, lets what runs finish within the drain timeout, hands in its counts. */
  async drain(): Promise<void> {
    await this.#server.drain(this.#options.settings.drainTimeoutMs);
    this.#checks.stop();
    clearInterval(this.#housekeeping);
    await (this.#link ?? this.#source).stop();
  }

  #report(): ProxyReport {
    const { id, generation = 0, condition } = this.status;
    const health = this.#pool.active.map(
      (member) => [member.id, this.#pool.isAvailable(member) ? 'healthy' : 'unhealthy'] as const,
    );
    const inFlight = this.#pool.registry.inFlight();
    return { id, generation, condition, inFlight, memberHealth: Object.fromEntries(health) };
  }

  #tell(): void {
    const text = JSON.stringify(this.status);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.onStatus(this.status);
  }
}
