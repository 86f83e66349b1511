import type { Redis } from 'ioredis';
import { hostsInUse } from '../core/edge/presented-certificates.ts';
import { openCertificateIn, ownerOf } from '../store/edge/certificate-record.ts';
import { CertificateStatusStore } from '../store/edge/certificate-status-store.ts';
import { EdgeRecords } from '../store/edge/edge-records.ts';
import { RoutesStore } from '../store/edge/routes-store.ts';
import { SealingKeys } from '../store/edge/sealing-keys.ts';

/** Certificates that Redis holds for the proxies of `edgeService`, by name. */
export async function listedCertificates(redis: Redis, edgeService: string) {
  const records = await new EdgeRecords(redis, edgeService, new SealingKeys([])).list();
  const { routes } = await new RoutesStore(redis).read();
  const statuses = await new CertificateStatusStore(redis, edgeService).list();
  const uses = { routes, acmeHosts: statuses.map(({ host }) => host), edgeService };
  return records
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((record) => {
      const certificate = openCertificateIn(record);
      if (certificate === undefined) return [];
      const { hosts, notBeforeMs, notAfterMs } = certificate;
      const owner = ownerOf(record);
      const source = owner === undefined ? 'acme' : 'own';
      const used = hostsInUse({ hosts, service: owner }, uses);
      const of = owner === undefined ? {} : { service: owner };
      return [{ hosts, source, ...of, notBeforeMs, notAfterMs, hostsInUse: used }];
    });
}
