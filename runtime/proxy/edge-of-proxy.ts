import type { Logger } from 'pino';
import type { ProxySettings } from './settings/settings.ts';
import type { EdgeOfProxy } from './acme/edge-link.ts';
import { certificateFault } from './tls/certificate-fault.ts';
import type { Certificate } from '../core/edge/certificate.ts';

interface EdgeUse {
  /** Presents these certificates instead of those before. */
  readonly present: (certificates: readonly Certificate[]) => void;
  /** Host names that need a certificate by ACME. */
  readonly hosts: () => readonly string[];
  readonly logger: Logger;
}

/** Returns what the proxy does with Redis for TLS; undefined if nothing. */
export function edgeOfProxy(
  settings: ProxySettings,
  { present, hosts, logger }: EdgeUse,
): EdgeOfProxy | undefined {
  const { tlsListen, edgeKeys: sealingKeys, acme } = settings;
  if (tlsListen === undefined || sealingKeys.length === 0) return undefined;
  const { directoryUrl, caFile, email, publicAddresses } = acme;
  return {
    sealingKeys,
    acme: { authority: { directoryUrl, caFile }, email, publicAddresses, hosts },
    onCertificates: (certificates) => present(certificates.filter((one) => isUsable(one, logger))),
  };
}

/** One bad certificate must not prevent the others. */
function isUsable(certificate: Certificate, logger: Logger): boolean {
  const reason = certificateFault(certificate);
  if (reason === undefined) return true;
  logger.error({ hosts: certificate.hosts, reason }, 'a certificate cannot be used');
  return false;
}
