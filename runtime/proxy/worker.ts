import { join } from 'node:path';
import type { Logger } from 'pino';
import { AccessLog } from './access/access-log.ts';
import { LineWriter } from './access/line-writer.ts';
import type { Certificate } from '../core/edge/certificate.ts';
import { listenFailure } from '../core/input/listen-failure.ts';
import { RoutesWatch } from '../store/edge/routes-watch.ts';
import { RedisClock } from '../store/redis/redis-clock.ts';
import type { ProxyReport } from '../store/release/proxy-reports.ts';
import { edgeOfProxy } from './edge-of-proxy.ts';
import type { Handler, Upstream } from './http/contract/handler.ts';
import type { TlsTermination } from './http/contract/tls.ts';
import type { RequestHead } from './http/message/request-head.ts';
import { HttpServer } from './http/server.ts';
import { Exhaustion } from './members/exhaustion.ts';
import { addAccessLogMetrics } from './metrics/access-log-metrics.ts';
import type { MetricJson } from './metrics/metric-json.ts';
import { addTlsMetrics } from './metrics/tls-metrics.ts';
import { ProxyMetrics } from './metrics/proxy-metrics.ts';
import { RedisSession } from './redis/redis-session.ts';
import { LameDuck } from './routing/lame-duck.ts';
import { overrideFields } from './routing/track-override.ts';
import { EdgeServices } from './services/edge-services.ts';
import { ServedService, type ServedServiceOptions } from './services/served-service.ts';
import { formatAddress, type Address } from './settings/address.ts';
import { connectionsWithin, memoryOfGroup } from './settings/connection-memory.ts';
import type { ProxySettings } from './settings/settings.ts';
import { EdgeTls } from './tls/edge-tls.ts';
import { HttpsRedirect } from './tls/https-redirect.ts';
import { TlsFront } from './tls/tls-front.ts';
import type { ListeningPorts, ServiceStatus, WorkerStatus } from './workers/worker-messages.ts';

export interface ProxyWorkerOptions {
  readonly settings: ProxySettings;
  /** Unique per process: two processes of one machine are two proxies. */
  readonly id: string;
  readonly logger: Logger;
  /** Default: a clock of its own, which follows Redis if there is one. */
  readonly clock?: RedisClock;
  /** Certificate that another worker has read from the files, for a start at which they hold no good one. */
  readonly lastCertificate?: Certificate | undefined;
  /** Called with the status after each change. */
  readonly onStatus: (status: WorkerStatus) => void;
  /** Called with each certificate that was read from the files. */
  readonly onCertificate?: (certificate: Certificate) => void;
}

/** Options that only the service has to which the proxy belongs. */
type OwnOptions = Pick<
  ServedServiceOptions,
  'edge' | 'fileCertificate' | 'assetPaths' | 'healthHost'
>;

const housekeepingMs = 1_000;
const accessLogEndMs = 1_000;

/** One proxy: everything between the listening socket and the members, in one process. */
export class ProxyWorker {
  readonly #options: ProxyWorkerOptions;
  readonly #own: ServedService;
  readonly #services: EdgeServices;
  readonly #metrics: ProxyMetrics;
  readonly #server: HttpServer;
  readonly #lameDuck: LameDuck;
  readonly #session: RedisSession | undefined;
  readonly #tls: TlsFront;
  readonly #edge: EdgeTls;
  /** Ports that it listens on, once it does. */
  #ports: { http: number; https: number };
  readonly #accessLog: ReturnType<typeof accessLogOf>;
  #housekeeping: NodeJS.Timeout | undefined;
  #lastStatus = '';

  constructor(options: ProxyWorkerOptions) {
    const { settings, id, logger } = options;
    const { document, stateDir, healthPath, trustedProxies } = settings;
    const clock = options.clock ?? new RedisClock();
    this.#options = options;
    this.#session =
      document.kind === 'file'
        ? undefined
        : new RedisSession({ url: document.url, id, clock, logger });
    this.#lameDuck = new LameDuck({ stateDir, healthPath });
    const shared = {
      settings,
      session: this.#session,
      id,
      clock,
      exhaustion: new Exhaustion(logger),
      lameDuck: this.#lameDuck,
      breakConnections: (upstream: Upstream) => this.#server.breakConnections(upstream),
      onStatus: () => this.#notifyStatus(),
    };
    const guest: OwnOptions = {
      edge: undefined,
      fileCertificate: () => undefined,
      assetPaths: [],
      healthHost: undefined,
    };
    const serve = (name: string, ownLogger: Logger, own: OwnOptions = guest) =>
      new ServedService({
        ...shared,
        ...own,
        name,
        registered: () => this.#services.routeOf(name),
        routesGeneration: () => this.#services.generation,
        logger: ownLogger,
      });
    const edge = edgeOfProxy(settings, {
      present: (held) => this.#edge.hold(held),
      hosts: () => this.#edge.acmeHosts,
      logger,
    });
    const { assetPaths, healthHost } = settings;
    const name = document.kind === 'file' ? 'local' : document.service;
    const fileCertificate = () => withoutKey(this.#tls.fileCertificate);
    this.#own = serve(name, logger, { edge, fileCertificate, assetPaths, healthHost });
    this.#services = new EdgeServices({
      own: this.#own,
      join: (service) => serve(service, logger.child({ service })),
      routes: this.#session && routesWatch(this.#session, settings, logger),
      healthPath,
      drainTimeoutMs: settings.drainTimeoutMs,
      closeConnections: (upstream) => this.#server.breakConnections(upstream),
      onChange: () => {
        this.#edge.refresh();
        this.#notifyStatus();
      },
      logger,
    });
    this.#tls = new TlsFront({
      settings,
      redis: this.#session?.redis,
      lastCertificate: options.lastCertificate,
      onCertificate: options.onCertificate,
      logger,
      now: () => clock.now(),
    });
    this.#edge = new EdgeTls({ settings, front: this.#tls, routes: () => this.#services.routes });
    this.#ports = { http: settings.listen.port, https: settings.tlsListen?.port ?? 0 };
    this.#accessLog = accessLogOf(settings, (request) => this.#services.serviceOf(request));
    this.#server = new HttpServer({
      handler: this.#edgeHandler(this.#services),
      hstsSeconds: (request) => this.#edge.hstsSeconds(request),
      observer: this.#accessLog?.log,
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
      services: () => this.#services.all,
      connections: () => this.#server.stats.connections,
    });
    const { writer } = this.#accessLog ?? {};
    if (writer !== undefined) this.#metrics.add((to) => addAccessLogMetrics(to, writer));
    if (settings.tlsListen !== undefined) this.#metrics.add((to) => addTlsMetrics(to, this.#tls));
  }

  get status(): WorkerStatus {
    const [, ...others] = this.#services.all;
    const services = Object.fromEntries(others.map((one) => [one.name, statusOf(one)]));
    return {
      id: this.#options.id,
      ...statusOf(this.#own),
      ...(others.length > 0 && { services }),
    };
  }

  /**
   * Serves requests; answers them with 503 while it has no release document.
   * @returns the ports that it listens on.
   * @throws PerchError `port_in_use`, `bad_input` or `document_invalid`.
   */
  async start(): Promise<ListeningPorts> {
    await this.#services.start();
    await this.#tls.start();
    const { listen, tlsListen } = this.#options.settings;
    const http = await this.#listen('--listen', listen);
    const https =
      tlsListen === undefined
        ? undefined
        : await this.#listen('--tls-listen', tlsListen, this.#tls);
    if (https !== undefined) this.#ports = { http, https };
    this.#fitMemory();
    this.#housekeeping = setInterval(() => {
      this.#fitMemory();
      this.#services.refresh();
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
    clearInterval(this.#housekeeping);
    await this.#tls.stop();
    await this.#services.stop();
    await this.#session?.stop();
    await this.#accessLog?.writer.end(accessLogEndMs);
  }

  /** Handler of all requests: in front of the services if the proxy has a port for https. */
  #edgeHandler(next: Handler): Handler {
    const { tlsListen, healthPath, publicHttpsPort } = this.#options.settings;
    if (tlsListen === undefined) return next;
    return new HttpsRedirect({
      next,
      hosts: this.#edge,
      challengeAnswer: (token) => this.#own.challengeAnswer(token),
      healthPath,
      ports: () => this.#ports,
      publicPort: publicHttpsPort,
    });
  }

  async #listen(option: string, at: Address, tls?: TlsTermination): Promise<number> {
    const listening = this.#server.listen({ ...at, reusePort: true, tls });
    const { port } = await listening.catch((cause: unknown) => {
      throw listenFailure(`${option} ${formatAddress(at)}`, cause);
    });
    return port;
  }

  /** Monitors raise the memory of a container that needs more. */
  #fitMemory(): void {
    const { settings, logger } = this.#options;
    const memoryBytes = memoryOfGroup();
    const connections = connectionsWithin(settings, memoryBytes);
    if (connections === this.#server.mostConnections) return;
    this.#server.mostConnections = connections;
    logger.info(
      { memoryBytes, connections },
      'the memory limit of the control group sets the limit of connections',
    );
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

function statusOf({ generation, condition, withheld }: ServedService): ServiceStatus {
  return { generation, condition, withheld: withheld?.reason };
}

function withoutKey(certificate: Certificate | undefined): ProxyReport['fileCertificate'] {
  if (certificate === undefined) return undefined;
  const { hosts, notBeforeMs, notAfterMs } = certificate;
  return { hosts: [...hosts], notBeforeMs, notAfterMs };
}

function accessLogOf(
  { accessLog: settings }: ProxySettings,
  serviceOf: (request: RequestHead) => string | undefined,
): { readonly log: AccessLog; readonly writer: LineWriter } | undefined {
  if (settings === undefined) return undefined;
  const writer = new LineWriter();
  return { writer, log: new AccessLog({ settings, writer, serviceOf }) };
}

function routesWatch(
  { redis }: RedisSession,
  { stateDir }: Pick<ProxySettings, 'stateDir'>,
  logger: Logger,
): RoutesWatch {
  const file = stateDir === undefined ? undefined : join(stateDir, 'routes.json');
  return new RoutesWatch({
    redis,
    logger,
    restoresLost: true,
    ...(file === undefined ? {} : { lastGoodFile: file }),
  });
}
