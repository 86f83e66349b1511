import { createSecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { errorMessage } from '../contract/error-message.ts';
import type { StoredCertificate } from '../store/edge/certificate-record.ts';
import type { ProxySettings } from './settings/settings.ts';
import type { EdgeOfProxy } from './acme/edge-link.ts';

interface EdgeUse {
  /** Presents these certificates instead of those before. */
  readonly present: (certificates: readonly StoredCertificate[]) => void;
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
    onCertificates: (certificates) => present(certificates.filter((one) => isUsable(one, logger))),
  };
}

/** One bad certificate must not prevent the others. */
function isUsable({ hosts, chainPem, privateKeyPem }: StoredCertificate, logger: Logger): boolean {
  try {
    createSecureContext({ cert: chainPem, key: privateKeyPem });
    return true;
  } catch (error) {
    logger.error({ hosts, reason: errorMessage(error) }, 'a certificate cannot be used');
    return false;
  }
}
