import type { Redis } from 'ioredis';
import { hostsInUse } from '../core/edge/presented-certificates.ts';
import { CertificateStatusStore } from '../store/edge/certificate-status-store.ts';
import { openCertificates } from '../store/edge/open-certificates.ts';
import { RoutesStore } from '../store/edge/routes-store.ts';

/** Certificates that Redis holds for the proxies of `edgeService`, by name. */
export async function listedCertificates(redis: Redis, edgeService: string) {
  const certificates = await openCertificates(redis, edgeService);
  const { routes } = await new RoutesStore(redis).read();
  const statuses = await new CertificateStatusStore(redis, edgeService).list();
  const uses = { routes, acmeHosts: statuses.map(({ host }) => host), edgeService };
  return certificates.map(({ hosts, notBeforeMs, notAfterMs, owner }) => {
    const source = owner === undefined ? 'acme' : 'own';
    const used = hostsInUse({ hosts, service: owner }, uses);
    const of = owner === undefined ? {} : { service: owner };
    return { hosts, source, ...of, notBeforeMs, notAfterMs, hostsInUse: used };
  });
}
