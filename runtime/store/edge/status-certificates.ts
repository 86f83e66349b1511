import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import type { CertificateStatus } from '../../core/edge/certificate-status.ts';
import { CertificateStatusStore } from './certificate-status-store.ts';
import { EdgeReports } from './edge-reports.ts';
import { openCertificates } from './open-certificates.ts';
import { RoutesStore } from './routes-store.ts';
import { fileCertificates, type FileCertificate } from './file-certificates.ts';
import type { ProxyReports } from '../release/proxy-reports.ts';

/** Own certificate of a service, without its private key. */
export interface OwnCertificate {
  readonly service: string;
  readonly hosts: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

interface CertificateSources {
  readonly redis: Redis;
  readonly service: string;
  readonly reports: Pick<ProxyReports, 'list'>;
}

/** Certificates by which the hosts of a service are served. */
export interface StatusCertificates {
  readonly acme: readonly CertificateStatus[];
  readonly own: readonly OwnCertificate[];
  readonly files: readonly FileCertificate[];
}

/**
 * Reads the certificates of a service: of a host stack's all that its proxies have, of a guest's those
 * of its own hosts, which lie under the keys of the host stack's.
 * @throws PerchError `redis_unavailable` or `redis_refused`.
 */
export async function statusCertificates({
  redis,
  service,
  reports,
}: CertificateSources): Promise<StatusCertificates> {
  const edges = await new EdgeReports(redis).edgeServices();
  const isGuest = edges.length > 0 && !edges.includes(service);
  if (!isGuest) {
    const proxies = await reports.list();
    // The statuses of hosts by ACME stay behind when the last of them leaves.
    const isWithoutAcme = proxies.length > 0 && proxies.every(({ acme }) => acme !== true);
    const acme = isWithoutAcme ? [] : await new CertificateStatusStore(redis, service).list();
    const own = await ownCertificates(redis, service);
    return { acme, own, files: fileCertificates(proxies) };
  }
  const hosts = await hostsOf({ redis, service });
  const all = await Promise.all(
    edges.map(async (edge) => ({
      acme: await new CertificateStatusStore(redis, edge).list(),
      own: await ownCertificates(redis, edge),
    })),
  );
  return {
    acme: all.flatMap(({ acme }) => acme).filter(({ host }) => hosts.includes(host)),
    own: all.flatMap(({ own }) => own).filter((one) => one.service === service),
    files: [],
  };
}

/** Own certificates that the proxies of a service have, by the service that each belongs to. */
async function ownCertificates(redis: Redis, edge: string): Promise<OwnCertificate[]> {
  const all = await openCertificates(redis, edge);
  return all.flatMap(({ owner: service, ...certificate }) =>
    service === undefined ? [] : [{ service, ...certificate }],
  );
}

/** Hosts of the service's route; none if the routes cannot be read, of which proxies keep the last. */
async function hostsOf({ redis, service }: Pick<CertificateSources, 'redis' | 'service'>) {
  try {
    const { routes } = await new RoutesStore(redis).read();
    return routes.filter((route) => route.service === service).flatMap(({ hosts }) => hosts);
  } catch (error) {
    if (error instanceof PerchError && error.code === 'document_invalid') return [];
    throw error;
  }
}
