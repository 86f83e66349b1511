import type { CertificateStatus } from '../../core/edge/certificate-status.ts';
import type { ProxyReport } from '../../store/release/proxy-reports.ts';

/** Services that a certificate, or a host without one, belongs to. */
export interface CertificateOwners {
  readonly services: readonly string[];
  /** True if it is an incident of the judged service. */
  readonly isOurs: boolean;
}

/** Certificates of the proxies, as the judge of one service sees them. */
export interface EdgeCertificates {
  /** Statuses that the orderer wrote, by host name. */
  readonly certificates: readonly CertificateStatus[];
  /** One report of each live proxy. */
  readonly reports: readonly Pick<
    ProxyReport,
    'id' | 'acme' | 'ownCertificates' | 'fileCertificate'
  >[];
  /** Owners of an incident's subject. Absent: the judged service has the proxies for itself. */
  readonly ownersOf?: (subject: string) => CertificateOwners;
}

/** Reader of the certificates. @param reports of the judged service's proxies. */
export interface CertificateReader {
  read(reports: readonly ProxyReport[]): Promise<EdgeCertificates>;
}
