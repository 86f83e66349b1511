import type { Logger } from 'pino';
import type { HeldCertificate } from '../core/edge/presented-certificates.ts';
import type { ProxySettings } from './settings/settings.ts';
import type { EdgeOfProxy } from './acme/edge-link.ts';
import { certificateFault } from './tls/certificate-fault.ts';
import type { Certificate } from '../core/edge/certificate.ts';

interface EdgeUse {
  /** Presents these certificates instead of those before, each for its hosts. */
  readonly present: (held: readonly HeldCertificate[]) => void;
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
  const { directoryUrl, caCertificate, email, publicAddresses } = acme;
  return {
    sealingKeys,
    acme: { authority: { directoryUrl, caCertificate }, email, publicAddresses, hosts },
    onCertificates: (held) => present(held.filter((one) => isUsable(one.certificate, logger))),
  };
}

/** One bad certificate must not prevent the others. */
function isUsable(certificate: Certificate, logger: Logger): boolean {
  const reason = certificateFault(certificate);
  if (reason === undefined) return true;
  logger.error({ hosts: certificate.hosts, reason }, 'a certificate cannot be used');
  return false;
}
