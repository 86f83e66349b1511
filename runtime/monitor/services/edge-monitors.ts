import { AggregatorRegistry, Registry } from 'prom-client';
import { errorMessage } from '../../contract/error-message.ts';
import { RoutesStore } from '../../store/edge/routes-store.ts';
import { MonitorConfigStore } from '../../store/edge/monitor-config-store.ts';
import { ServiceRegistry } from '../../store/edge/service-registry.ts';
import { FailureLog } from '../../store/local/failure-log.ts';
import { Periodic } from '../../store/local/periodic.ts';
import { hostSourceOf } from '../compose.ts';
import { monitorConfigOf } from '../config.ts';
import { configProblems } from '../judge/problems.ts';
import { Monitor, type MonitorOptions } from '../monitor.ts';
import { channelsOf } from '../notify/channels.ts';
import type { ChannelFailure } from '../notify/channel-health.ts';
import { guestConfigSchema, isSealed, openGuestConfig, type GuestConfig } from './guest-config.ts';
import { RelayedSource } from './relayed-source.ts';
import { SharedCertificates } from './shared-certificates.ts';

export interface EdgeMonitorsOptions extends MonitorOptions {
  /** Keys that open the guests' configuration, 32 bytes in base64 each. Secret. */
  readonly edgeKeys: readonly string[];
  /** Interval at which services join and leave, milliseconds. Default 2,000. */
  readonly followEveryMs?: number;
}

interface Guest {
  readonly monitor: Monitor;
  /** Text of its stored configuration; undefined: it has none. */
  readonly stored: string | undefined;
  /** Reason for which the stored configuration is not used. */
  readonly problem: string | undefined;
}

/** Health of one service on this host, for operators. */
interface ServiceHealth {
  readonly leads: boolean;
  readonly failingChannels: readonly ChannelFailure[];
  /** Reason for which its configuration is not used; absent for a good one. */
  readonly problem?: string;
}

/**
 * Monitors of all services of one edge on one host. The host is sampled once; all else is each
 * service's own: its lease, judge, alerts and thresholds. What goes wrong with one touches no other.
 */
export class EdgeMonitors {
  readonly #options: EdgeMonitorsOptions;
  readonly #host: RelayedSource;
  readonly #own: Monitor;
  readonly #certificates: SharedCertificates;
  readonly #guests = new Map<string, Guest>();
  readonly #registry: ServiceRegistry;
  readonly #routes: RoutesStore;
  readonly #configs: MonitorConfigStore;
  readonly #failures: FailureLog;
  #following: Periodic | undefined;
  readonly #reconnected = () => this.#following?.runNow();

  constructor(options: EdgeMonitorsOptions) {
    const { config, redis, logger } = options;
    this.#options = options;
    this.#host = new RelayedSource(options.hostSource ?? hostSourceOf(config));
    this.#certificates = new SharedCertificates({
      redis,
      edgeService: options.service,
      hasChannel: (service) => this.#guests.get(service)?.monitor.hasChannels ?? true,
    });
    const certificates = this.#certificates.readerFor(options.service);
    this.#own = new Monitor({ ...options, hostSource: this.#host, certificates });
    this.#registry = new ServiceRegistry(redis);
    this.#routes = new RoutesStore(redis);
    this.#configs = new MonitorConfigStore(redis);
    this.#failures = new FailureLog(logger, 'the monitor cannot read which services there are');
  }

  /** True while this monitor leads the own service. */
  get leads(): boolean {
    return this.#own.leads;
  }

  get failingChannels(): readonly ChannelFailure[] {
    return this.#own.failingChannels;
  }

  get isSampling(): boolean {
    return this.#own.isSampling;
  }

  /** Other services, by name. */
  get services(): Readonly<Record<string, ServiceHealth>> {
    return Object.fromEntries(
      Array.from(this.#guests, ([name, { monitor, problem }]) => {
        const { leads, failingChannels } = monitor;
        return [name, { leads, failingChannels, ...(problem !== undefined && { problem }) }];
      }),
    );
  }

  readonly metrics = {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    text: async (): Promise<string> => {
      const monitors = [this.#own, ...Array.from(this.#guests.values(), ({ monitor }) => monitor)];
      const collected = await Promise.all(monitors.map(({ metrics }) => metrics.collect()));
      return await AggregatorRegistry.aggregate(collected).metrics();
    },
  };

  async start(): Promise<void> {
    const { redis, followEveryMs = 2_000 } = this.#options;
    await this.#own.start();
    this.#following = new Periodic(() => this.#follow(), followEveryMs);
    redis.on('ready', this.#reconnected);
    this.#following.runNow();
  }

  async stop(): Promise<void> {
    this.#options.redis.off('ready', this.#reconnected);
    await this.#following?.stop();
    const guests = Array.from(this.#guests.values(), ({ monitor }) => monitor.stop());
    await Promise.all([this.#own.stop(), ...guests]);
  }

  /** Lets services join and leave, and takes their new configuration. Never throws. */
  async #follow(): Promise<void> {
    const { logger } = this.#options;
    try {
      const restored = await this.#registry.restoreUsers();
      if (restored.length > 0) logger.info({ services: restored }, 'Redis users made again');
    } catch (error) {
      logger.debug({ reason: errorMessage(error) }, 'Redis users cannot be checked');
    }
    try {
      const registered = await this.#registered();
      const stored = await Promise.all(
        registered.map(async (service) => [service, await this.#configs.read(service)] as const),
      );
      const watched = stored.filter(([, text]) => this.#mayWatch(text));
      await Promise.all(watched.map(([service, text]) => this.#watch(service, text)));
      const names = watched.map(([service]) => service);
      const gone = [...this.#guests.keys()].filter((service) => !names.includes(service));
      await Promise.all(gone.map((service) => this.#forget(service)));
      this.#failures.ended();
    } catch (error) {
      this.#failures.failed(error);
    }
  }

  /** Services with a route, and those that were registered. */
  async #registered(): Promise<string[]> {
    const [{ routes }, services] = await Promise.all([this.#routes.read(), this.#registry.list()]);
    const all = new Set([...routes.map(({ service }) => service), ...services]);
    all.delete(this.#options.service);
    return [...all].sort();
  }

  /**
   * A monitor without any key, as that of a canary stack, leaves services with sealed configuration
   * to those that can open it: it would lead them by the defaults.
   */
  #mayWatch(stored: string | undefined): boolean {
    return stored === undefined || !isSealed(stored) || this.#options.edgeKeys.length > 0;
  }

  /** Watches a service by its configuration; a new configuration replaces its monitor. */
  async #watch(service: string, stored: string | undefined): Promise<void> {
    const { logger, ...own } = this.#options;
    const before = this.#guests.get(service);
    if (before !== undefined && before.stored === stored) return;
    const read = this.#read(service, stored);
    if (read.problem !== undefined) {
      logger.warn({ service, reason: read.problem }, "a service's configuration is not used");
    }
    if (before !== undefined && read.guest === undefined) {
      this.#guests.set(service, { ...before, stored, problem: read.problem });
      return;
    }
    await before?.monitor.stop();
    const { config, webhook } = read.guest ?? this.#defaults();
    const monitor = new Monitor({
      ...own,
      service,
      config,
      channels: channelsOf(config, webhook, Date.now),
      hostSource: this.#host.relay,
      certificates: this.#certificates.readerFor(service),
      prunesImages: false,
      extraProblems: () => configProblems(this.#guests.get(service)?.problem),
      logger: logger.child({ service }),
    });
    this.#guests.set(service, { monitor, stored, problem: read.problem });
    await monitor.start();
    logger.info({ service }, 'the monitor watches a service');
  }

  #read(service: string, stored: string | undefined): { guest?: GuestConfig; problem?: string } {
    const { edgeKeys, config: own } = this.#options;
    if (stored === undefined) return { guest: this.#defaults() };
    try {
      return { guest: openGuestConfig(service, stored, { edgeKeys, own }) };
    } catch (error) {
      return { problem: errorMessage(error) };
    }
  }

  /** Configuration of a service that has none: every default, and no channel. */
  #defaults(): GuestConfig {
    const { procRoot, disks, docker, processes } = this.#options.config;
    const config = monitorConfigOf(guestConfigSchema, {}, 'the default configuration');
    return { config: { ...config, procRoot, disks, docker, processes }, webhook: {} };
  }

  async #forget(service: string): Promise<void> {
    const guest = this.#guests.get(service);
    this.#guests.delete(service);
    await guest?.monitor.stop();
    this.#options.logger.info({ service }, 'the monitor no longer watches a service');
  }
}
