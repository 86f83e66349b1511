import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { ownerOfSubject } from '../../core/edge/certificate-subject.ts';
import type { CertificateStatus } from '../../core/edge/certificate-status.ts';
import type { StoredRoute } from '../../core/edge/route.ts';
import { CertificateStatusStore } from '../../store/edge/certificate-status-store.ts';
import { RoutesStore } from '../../store/edge/routes-store.ts';
import { ProxyReports, type ProxyReport } from '../../store/release/proxy-reports.ts';
import type { CertificateOwners, CertificateReader } from '../judge/edge-certificates.ts';

export interface SharedCertificatesOptions {
  readonly redis: Redis;
  /** Service of the host stack, under whose keys the certificates of all services lie. */
  readonly edgeService: string;
  /** False for a guest that has no channel: then its hosts are incidents of the host stack too. */
  readonly hasChannel: (service: string) => boolean;
}

interface Snapshot {
  readonly certificates: readonly CertificateStatus[];
  readonly reports: readonly ProxyReport[];
  readonly routes: readonly StoredRoute[];
}

/** Age from which what was read is read again, milliseconds: the judges' interval. */
const freshForMs = 1_000;

/**
 * Certificates of the proxies that several services share. What fails is an incident of the services
 * that it belongs to, so that it reaches their own teams; and of the host stack if it belongs to
 * none of them, or if one of them has no channel. The judges of one process share what is read.
 */
export class SharedCertificates {
  readonly #options: SharedCertificatesOptions;
  readonly #statuses: CertificateStatusStore;
  readonly #reports: ProxyReports;
  readonly #routes: RoutesStore;
  #lastRoutes: readonly StoredRoute[] = [];
  #newest: { readonly atMs: number; readonly snapshot: Promise<Snapshot> } | undefined;

  constructor(options: SharedCertificatesOptions) {
    const { redis, edgeService } = options;
    this.#options = options;
    this.#statuses = new CertificateStatusStore(redis, edgeService);
    this.#reports = new ProxyReports(redis, edgeService);
    this.#routes = new RoutesStore(redis);
  }

  /** Certificates as the judge of a service sees them. */
  readerFor(service: string): CertificateReader {
    return {
      read: async () => {
        const { certificates, reports, routes } = await this.#read();
        const ownersOf = (subject: string) => this.#ownersOf(subject, routes, service);
        return { certificates, reports, ownersOf };
      },
    };
  }

  #ownersOf(subject: string, routes: readonly StoredRoute[], service: string): CertificateOwners {
    const { edgeService, hasChannel } = this.#options;
    const owner = ownerOfSubject(subject);
    const services =
      owner !== undefined
        ? [owner]
        : routes.filter(({ hosts }) => hosts.includes(subject)).map((route) => route.service);
    const isOfEdge =
      services.length === 0 || services.some((one) => one === edgeService || !hasChannel(one));
    const isOurs = services.includes(service) || (service === edgeService && isOfEdge);
    return { services, isOurs };
  }

  async #read(): Promise<Snapshot> {
    const nowMs = performance.now();
    if (this.#newest === undefined || nowMs - this.#newest.atMs >= freshForMs) {
      this.#newest = { atMs: nowMs, snapshot: this.#readAnew() };
    }
    return await this.#newest.snapshot;
  }

  async #readAnew(): Promise<Snapshot> {
    const [certificates, reports, routes] = await Promise.all([
      this.#statuses.list(),
      this.#reports.list(),
      this.#readRoutes(),
    ]);
    return { certificates, reports, routes };
  }

  /** Registered routes; the last good ones if the stored ones are invalid: no judge may stop for them. */
  async #readRoutes(): Promise<readonly StoredRoute[]> {
    try {
      this.#lastRoutes = (await this.#routes.read()).routes;
    } catch (error) {
      if (!(error instanceof PerchError) || error.code !== 'document_invalid') throw error;
    }
    return this.#lastRoutes;
  }
}
