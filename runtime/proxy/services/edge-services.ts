import type { Logger } from 'pino';
import type { StoredRoute } from '../../core/edge/route.ts';
import { noRoutes } from '../../core/edge/routes-document.ts';
import type { RoutesWatch } from '../../store/edge/routes-watch.ts';
import type { Handler, Upstream } from '../http/contract/handler.ts';
import type { RequestHead } from '../http/message/request-head.ts';
import type { ServedService } from './served-service.ts';
import { ServiceTable } from './service-table.ts';

export interface EdgeServicesOptions {
  /** The proxy's own service. It never leaves. */
  readonly own: ServedService;
  /** Makes a service that joins. */
  readonly join: (service: string) => ServedService;
  /** Undefined without Redis. */
  readonly routes: Pick<RoutesWatch, 'current' | 'onChange' | 'start' | 'stop'> | undefined;
  /** Path that load balancers request. */
  readonly healthPath: string;
  /** Longest time that a service which leaves waits for its requests, milliseconds. */
  readonly drainTimeoutMs: number;
  /** Closes all connections to the members of a service that has left. */
  readonly closeConnections: (upstream: Upstream) => void;
  /** Called when services have joined or left. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

interface Guest {
  readonly service: ServedService;
  /** Time on the clock of `performance.now` since which it has no route. */
  leavingSinceMs: number | undefined;
}

/** Services of one proxy: its own, and those that join and leave with their routes. */
export class EdgeServices implements Handler {
  readonly #options: EdgeServicesOptions;
  readonly #table: ServiceTable<ServedService>;
  readonly #guests = new Map<string, Guest>();
  readonly #endings = new Set<Promise<void>>();
  #following: Promise<void> | undefined;
  #isOutdated = false;
  #generation = 0;

  constructor(options: EdgeServicesOptions) {
    this.#options = options;
    this.#table = new ServiceTable(options.own, options);
  }

  /** The own service first, then the others, also those that leave. */
  get all(): readonly ServedService[] {
    return [this.#options.own, ...Array.from(this.#guests.values(), ({ service }) => service)];
  }

  /** Generation of the applied routes; 0 before the first. */
  get generation(): number {
    return this.#generation;
  }

  /** Registered routes of all services. */
  get routes(): readonly StoredRoute[] {
    return (this.#options.routes?.current ?? noRoutes).routes;
  }

  /** Registered route of a service, undefined if it has none. */
  routeOf(service: string): StoredRoute | undefined {
    return this.routes.find((route) => route.service === service);
  }

  /** Name of the service that a request is for; undefined if it is for none. */
  serviceOf(request: RequestHead): string | undefined {
    const found = this.#table.find(request);
    return typeof found === 'string' ? undefined : found.name;
  }

  route(request: RequestHead): ReturnType<Handler['route']> {
    return this.#table.route(request);
  }

  /**
   * Settles when the own service has followed its document, and each registered service its own, or
   * when that has failed.
   * @throws PerchError `bad_input` or `document_invalid` for a document from a file.
   */
  async start(): Promise<void> {
    const { own, routes } = this.#options;
    await own.start();
    routes?.onChange(() => this.#follow());
    await routes?.start();
    await this.#following;
  }

  /** Lets services go that have left; to be called about once a second. */
  refresh(): void {
    for (const service of this.all) service.refresh();
    for (const [name, guest] of this.#guests) {
      if (this.#hasLeft(guest)) this.#let(name, guest.service);
    }
  }

  async stop(): Promise<void> {
    await this.#options.routes?.stop();
    await this.#following;
    await Promise.all([...this.all.map((service) => service.stop()), ...this.#endings]);
  }

  /** Applies the newest routes, one change after the other. */
  #follow(): void {
    for (const service of this.all) service.takeRoute();
    this.#isOutdated = true;
    this.#following ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isOutdated) {
      this.#isOutdated = false;
      const { generation, routes } = this.#options.routes?.current ?? noRoutes;
      await this.#apply(routes);
      this.#generation = generation;
      this.#options.own.reportNow();
    }
    this.#following = undefined;
  }

  /** Routes requests to a service only when it has read its document. Never throws. */
  async #apply(routes: readonly StoredRoute[]): Promise<void> {
    const { own, onChange } = this.#options;
    const others = routes.filter(({ service }) => service !== own.name);
    // One whose route is back must not be let go while others join.
    for (const { service } of others) {
      const guest = this.#guests.get(service);
      if (guest !== undefined) guest.leavingSinceMs = undefined;
    }
    await Promise.all(others.map(({ service }) => this.#join(service)));
    const services = new Map([...this.#guests].map(([name, { service }]) => [name, service]));
    services.set(own.name, own);
    const entries = routes.flatMap(({ service, hosts, pathPrefix }) => {
      const value = services.get(service);
      return value === undefined ? [] : [{ hosts, pathPrefix, value }];
    });
    this.#table.replace(entries);
    const registered = new Set(others.map(({ service }) => service));
    for (const [name, guest] of this.#guests) {
      if (!registered.has(name)) guest.leavingSinceMs ??= performance.now();
    }
    onChange();
  }

  async #join(name: string): Promise<void> {
    const { join, logger } = this.#options;
    if (this.#guests.has(name)) return;
    const service = join(name);
    try {
      await service.start();
      this.#guests.set(name, { service, leavingSinceMs: undefined });
      // It may have changed meanwhile.
      service.takeRoute();
      logger.info({ service: name }, 'the proxy serves another service');
    } catch (error) {
      logger.error({ service: name, err: error }, 'the proxy cannot serve a service');
    }
  }

  #hasLeft({ service, leavingSinceMs }: Guest): boolean {
    if (leavingSinceMs === undefined) return false;
    const isLate = performance.now() - leavingSinceMs > this.#options.drainTimeoutMs;
    return isLate || !service.isBusy;
  }

  #let(name: string, service: ServedService): void {
    const { closeConnections, logger } = this.#options;
    this.#guests.delete(name);
    for (const { upstream } of service.pool.registry.members) closeConnections(upstream);
    const ending = service.stop().finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
    logger.info({ service: name }, 'the proxy no longer serves a service');
    this.#options.onChange();
  }
}
