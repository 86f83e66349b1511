import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { openIncidents } from '../../core/alerting/incident-notes.ts';
import { silentProxies } from '../../core/release/known-proxy.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { RoutesStore } from '../../store/edge/routes-store.ts';
import { ServiceRegistry } from '../../store/edge/service-registry.ts';
import { IncidentStore } from '../../store/incidents/incident-store.ts';
import { JudgeStore } from '../../store/judge/judge-store.ts';
import { MaintenanceStore } from '../../store/release/maintenance-store.ts';
import { ProxyReports } from '../../store/release/proxy-reports.ts';
import { ReleaseStore } from '../../store/release/release-store.ts';
import { remembered } from '../remembered.ts';
import { silentProxyView } from '../views/edge-view.ts';
import { overviewSummary } from '../views/overview-summary.ts';
import type { SummaryTone } from '../views/release-summary.ts';

/** Service as the list of several shows it. */
export interface ListedService {
  readonly service: string;
  /** Host names and path prefixes of its route; empty: it has none. */
  readonly addresses: readonly string[];
  readonly tone: SummaryTone;
  /** State of its release in a sentence, with its full stop. */
  readonly sentence: string;
  /** Share of the canary, percent; null without an active canary. */
  readonly weight: number | null;
  /** Number of open incidents. */
  readonly incidents: number;
}

export interface ServiceListOptions {
  readonly redis: Redis;
  /** Service that the console shows first. */
  readonly own: string;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
}

/** Silence after which a proxy does not count as live, milliseconds: the lifetime of its report. */
const silentAfterMs = 5_000;
/** Time for which a list is used again, milliseconds. */
const rememberedMs = 1_000;

const urgency: readonly SummaryTone[] = ['bad', 'warning', 'unknown', 'busy', 'good'];

/** The services of an edge. A console whose Redis user reaches one service only knows just that. */
export class ServiceList {
  /** The services, those that need a person first. Throws PerchError `redis_unavailable` or `redis_refused`. */
  readonly read: () => Promise<readonly ListedService[]>;
  readonly #options: ServiceListOptions;

  constructor(options: ServiceListOptions) {
    this.#options = options;
    this.read = remembered({ now: options.now, forMs: rememberedMs }, () => this.#list());
  }

  /** Names of the services. @throws PerchError `redis_unavailable`. */
  async names(): Promise<string[]> {
    return [...(await this.#addresses()).keys()];
  }

  async #list(): Promise<readonly ListedService[]> {
    const addresses = await this.#addresses();
    const list = await Promise.all(
      Array.from(addresses, ([service, hosts]) => this.#listed(service, hosts)),
    );
    return list.sort(inOrder);
  }

  /** Service -> its addresses. */
  async #addresses(): Promise<Map<string, readonly string[]>> {
    const { redis, own } = this.#options;
    const addresses = new Map<string, readonly string[]>([[own, []]]);
    try {
      const [registered, { routes }] = await Promise.all([
        new ServiceRegistry(redis).list(),
        new RoutesStore(redis).read(),
      ]);
      for (const service of registered) addresses.set(service, []);
      for (const { service, hosts, pathPrefix = '' } of routes) {
        addresses.set(
          service,
          hosts.map((host) => `${host}${pathPrefix}`),
        );
      }
    } catch (error) {
      const mayNotRead = error instanceof PerchError && error.code === 'redis_refused';
      if (!mayNotRead) throw error;
    }
    return addresses;
  }

  /** One service; what cannot be read of it spoils no other. */
  async #listed(service: string, addresses: readonly string[]): Promise<ListedService> {
    try {
      return await this.#read(service, addresses);
    } catch (error) {
      if (!(error instanceof PerchError) || error.code === 'redis_unavailable') throw error;
      const sentence = `It cannot be read: ${error.message}.`;
      return { service, addresses, tone: 'unknown', sentence, weight: null, incidents: 0 };
    }
  }

  async #read(service: string, addresses: readonly string[]): Promise<ListedService> {
    const { redis, now } = this.#options;
    const [read, judge, incidents, known, maintenance] = await Promise.all([
      new ReleaseStore(redis, service, { by: 'console' }).read(),
      new JudgeStore(redis, service).judgeStatus(),
      new IncidentStore(redis, service).list(),
      new ProxyReports(redis, service).known(),
      new MaintenanceStore(redis, service).read(),
    ]);
    const nowMs = now();
    const live = known.filter(({ lastReportMs }) => nowMs - lastReportMs <= silentAfterMs);
    const open = openIncidents(incidents.values());
    const document = read.kind === 'found' ? read.document : null;
    const { tone, sentence } = overviewSummary({
      service,
      condition: read.kind === 'found' ? 'fresh' : read.kind,
      document,
      lostGeneration: null,
      liveProxies: live.length,
      silentProxies: silentProxies(
        known,
        live.map(({ id }) => id),
      ).map(silentProxyView),
      silentHosts: [],
      isInMaintenance: maintenance?.on === true,
      judge,
      incidents: open,
      begun: undefined,
      nowMs,
    });
    return {
      service,
      addresses,
      tone,
      sentence,
      weight: weightOf(document),
      incidents: open.length,
    };
  }
}

function weightOf(document: ReleaseDocument | null): number | null {
  const hasCanary = document?.members.some(
    ({ track, state }) => track === 'canary' && state === 'active',
  );
  return hasCanary === true ? (document?.weight ?? null) : null;
}

function inOrder(a: ListedService, b: ListedService): number {
  return (
    urgency.indexOf(a.tone) - urgency.indexOf(b.tone) || a.service.localeCompare(b.service, 'en')
  );
}
