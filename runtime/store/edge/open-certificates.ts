import type { Redis } from 'ioredis';
import { openCertificateIn, ownerOf } from './certificate-record.ts';
import { EdgeRecords } from './edge-records.ts';
import { SealingKeys } from './sealing-keys.ts';

/** Certificate that Redis holds, without its private key. */
export interface OpenCertificate {
  readonly hosts: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Service whose own certificate it is; undefined: an authority issued it to the proxies. */
  readonly owner: string | undefined;
}

/**
 * Reads what is open of the certificates that Redis holds for the proxies of `edgeService`, by the name
 * of their record: no sealing key is needed.
 * @throws PerchError `redis_unavailable` or `redis_refused`.
 */
export async function openCertificates(
  redis: Redis,
  edgeService: string,
): Promise<OpenCertificate[]> {
  const records = await new EdgeRecords(redis, edgeService, new SealingKeys([])).list();
  return records
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((record) => {
      const certificate = openCertificateIn(record);
      if (certificate === undefined) return [];
      const { hosts, notBeforeMs, notAfterMs } = certificate;
      return [{ hosts, notBeforeMs, notAfterMs, owner: ownerOf(record) }];
    });
}
