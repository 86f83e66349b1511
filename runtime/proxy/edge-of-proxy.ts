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
  const usable = new UsableCertificates(logger);
  const { directoryUrl, caCertificate, email, publicAddresses } = acme;
  return {
    sealingKeys,
    acme: { authority: { directoryUrl, caCertificate }, email, publicAddresses, hosts },
    onCertificates: (held) => present(usable.of(held)),
  };
}

/**
 * Finds the certificates that can be used: a bad one must not prevent the others. Each is tried once,
 * because a trial costs a third of a millisecond, and one of hundreds changes at a time.
 */
class UsableCertificates {
  readonly #logger: Logger;
  /** Results by chain and private key. */
  #tried: ReadonlyMap<string, boolean> = new Map();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  of(held: readonly HeldCertificate[]): readonly HeldCertificate[] {
    const tried = new Map<string, boolean>();
    const usable = held.filter(({ certificate }) => {
      const { chainPem, privateKeyPem } = certificate;
      const id = `${chainPem}\n${privateKeyPem}`;
      const isUsable = this.#tried.get(id) ?? this.#try(certificate);
      tried.set(id, isUsable);
      return isUsable;
    });
    this.#tried = tried;
    return usable;
  }

  #try(certificate: Certificate): boolean {
    const reason = certificateFault(certificate);
    if (reason === undefined) return true;
    this.#logger.error({ hosts: certificate.hosts, reason }, 'a certificate cannot be used');
    return false;
  }
}
