import { hostOfProxy } from '../../core/release/known-proxy.ts';
import type { ProxyReport } from '../release/proxy-reports.ts';

/** Certificate that the proxies of a host read from files. */
export interface FileCertificate {
  /** Host of the proxies. */
  readonly host: string;
  /** Host names that it covers. */
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * Certificates that live proxies read from files, one for each of their hosts: the one that ends first,
 * which a proxy has that did not read the newest one.
 */
export function fileCertificates(
  reports: readonly Pick<ProxyReport, 'id' | 'fileCertificate'>[],
): FileCertificate[] {
  const first = new Map<string, FileCertificate>();
  for (const { id, fileCertificate } of reports) {
    if (fileCertificate === undefined) continue;
    const host = hostOfProxy(id);
    const known = first.get(host);
    const isFirst = known === undefined || fileCertificate.notAfterMs < known.notAfterMs;
    if (isFirst) first.set(host, { host, ...fileCertificate });
  }
  return [...first.values()].sort((a, b) => a.host.localeCompare(b.host));
}
