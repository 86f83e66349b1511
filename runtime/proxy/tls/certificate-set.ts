import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { hostNameOf, isWildcard } from '../../contract/host-name.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import { isCovered, wildcardOf } from '../../contract/certificate-chain.ts';
import { contextOptions } from './context-options.ts';

/**
 * Certificates that a proxy presents. Connections keep the context that their handshake began with,
 * so that a replacement breaks none.
 */
export class CertificateSet {
  readonly #prepare: (context: SecureContext, hosts: readonly string[]) => void;
  #byHost: ReadonlyMap<string, SecureContext> = new Map();
  #contexts: ReadonlyMap<string, SecureContext> = new Map();
  #default: SecureContext | undefined;
  #certificates: readonly Certificate[] = [];

  /** @param prepare called with each new context and its hosts, before its first handshake. */
  constructor(prepare: (context: SecureContext, hosts: readonly string[]) => void = () => {}) {
    this.#prepare = prepare;
  }

  /** Certificates that are presented: not those whose every host has a later one. */
  get certificates(): readonly Certificate[] {
    return this.#certificates;
  }

  /**
   * Presents these certificates from now on. Of several for one host the last one counts.
   * @throws Error of OpenSSL if one cannot be used; then nothing changes.
   */
  replace(certificates: readonly Certificate[]): void {
    const byHost = new Map<string, SecureContext>();
    const contexts = new Map<string, SecureContext>();
    const contextOf = new Map<Certificate, SecureContext>();
    for (const certificate of certificates) {
      const { hosts, chainPem, privateKeyPem } = certificate;
      const id = [...hosts, chainPem, privateKeyPem].join('\n');
      const context = this.#contexts.get(id) ?? this.#newContext(certificate);
      contexts.set(id, context);
      contextOf.set(certificate, context);
      for (const host of hosts) byHost.set(host, context);
    }
    this.#byHost = byHost;
    this.#contexts = contexts;
    this.#default = contexts.values().next().value;
    const presented = new Set([this.#default, ...byHost.values()]);
    this.#certificates = certificates.filter((one) => presented.has(contextOf.get(one)));
  }

  /**
   * Returns the context for the name that a client asks for: the exact name before a wildcard. Without
   * a name it is that of the first certificate. Undefined if no certificate covers the name.
   */
  contextFor(serverName: string | undefined): SecureContext | undefined {
    // An address is no name (RFC 6066 section 3), but some clients send the one that they connect to.
    if (serverName === undefined || isIP(serverName) !== 0) return this.#default;
    // The root's dot has no place here (RFC 6066 section 3), but some clients send it.
    const name = hostNameOf(serverName);
    return this.#byHost.get(name) ?? this.#byHost.get(wildcardOf(name));
  }

  /**
   * Reports whether a session may go on under a name: a certificate has the name, and so had the one
   * that the session began with (RFC 8446 section 4.6.1). TLS 1.2 asks for the same name (RFC 6066
   * section 3); names of one certificate are told apart by no server that shares its tickets.
   * @param hosts those of the certificate that the session began with.
   */
  mayResume(hosts: readonly string[], serverName: string | undefined): boolean {
    if (this.contextFor(serverName) === undefined) return false;
    if (serverName === undefined || isIP(serverName) !== 0) return true;
    return isCovered(hostNameOf(serverName), hosts);
  }

  /** True if a certificate covers the host. */
  covers(host: string): boolean {
    if (isWildcard(host)) return this.#byHost.has(host);
    return isIP(host) === 0 && this.contextFor(host) !== undefined;
  }

  #newContext({ hosts, chainPem, privateKeyPem }: Certificate): SecureContext {
    const context = createSecureContext({ ...contextOptions, cert: chainPem, key: privateKeyPem });
    this.#prepare(context, hosts);
    return context;
  }
}
