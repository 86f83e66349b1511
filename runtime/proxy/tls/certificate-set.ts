import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { hostNameOf, isWildcard } from '../../contract/host-name.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import { isCovered, wildcardOf } from '../../contract/certificate-chain.ts';
import { contextOptions } from './context-options.ts';

/** Certificate with the context that presents it. */
interface Presentable {
  readonly certificate: Certificate;
  readonly context: SecureContext;
}

type Prepare = (context: SecureContext, hosts: readonly string[]) => void;

/**
 * Certificates that a proxy presents. Connections keep the context that their handshake began with,
 * so that a replacement breaks none.
 */
export class CertificateSet {
  readonly #prepare: Prepare;
  readonly #now: () => number;
  /** Candidates of each host, the first choice first. */
  #byHost: ReadonlyMap<string, readonly Presentable[]> = new Map();
  #contexts: ReadonlyMap<string, SecureContext> = new Map();
  /** Candidates for clients without a name, the first choice first. */
  #defaults: readonly Presentable[] = [];

  /**
   * @param prepare called with each new context and its hosts, before its first handshake.
   * @param now milliseconds since the epoch.
   */
  constructor(prepare: Prepare = () => {}, now: () => number = Date.now) {
    this.#prepare = prepare;
    this.#now = now;
  }

  /**
   * Certificates that are presented: not those whose every host has a later one. One that has expired
   * stays, because somebody means it to be presented.
   */
  get certificates(): readonly Certificate[] {
    const presented = new Set(
      [this.#defaults, ...this.#byHost.values()].flatMap((candidates) => [
        candidates[0],
        this.#best(candidates),
      ]),
    );
    return this.#defaults.filter((one) => presented.has(one)).map(({ certificate }) => certificate);
  }

  /**
   * Presents these certificates from now on. Of several for one host the last one counts that has not
   * expired, or if all have, the last one.
   * @throws Error of OpenSSL if one cannot be used; then nothing changes.
   */
  replace(certificates: readonly Certificate[]): void {
    const byHost = new Map<string, readonly Presentable[]>();
    const contexts = new Map<string, SecureContext>();
    const all = certificates.map((certificate): Presentable => {
      const { hosts, chainPem, privateKeyPem } = certificate;
      const id = [...hosts, chainPem, privateKeyPem].join('\n');
      const context = this.#contexts.get(id) ?? this.#newContext(certificate);
      contexts.set(id, context);
      return { certificate, context };
    });
    for (const one of all) {
      for (const host of one.certificate.hosts) {
        byHost.set(host, [one, ...(byHost.get(host) ?? [])]);
      }
    }
    this.#byHost = byHost;
    this.#contexts = contexts;
    this.#defaults = all;
  }

  /**
   * Returns the context for the name that a client asks for: the exact name before a wildcard. Without
   * a name it is that of the first certificate. What has expired comes last. Undefined if no
   * certificate covers the name.
   */
  contextFor(serverName: string | undefined): SecureContext | undefined {
    // An address is no name (RFC 6066 section 3), but some clients send the one that they connect to.
    if (serverName === undefined || isIP(serverName) !== 0) {
      return this.#best(this.#defaults)?.context;
    }
    // The root's dot has no place here (RFC 6066 section 3), but some clients send it.
    const name = hostNameOf(serverName);
    const exact = this.#byHost.get(name) ?? [];
    const byWildcard = this.#byHost.get(wildcardOf(name)) ?? [];
    return this.#best(byWildcard.length === 0 ? exact : [...exact, ...byWildcard])?.context;
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

  #best(candidates: readonly Presentable[]): Presentable | undefined {
    const [first] = candidates;
    if (candidates.length < 2) return first;
    const nowMs = this.#now();
    return candidates.find(({ certificate }) => certificate.notAfterMs > nowMs) ?? first;
  }

  #newContext({ hosts, chainPem, privateKeyPem }: Certificate): SecureContext {
    const context = createSecureContext({ ...contextOptions, cert: chainPem, key: privateKeyPem });
    this.#prepare(context, hosts);
    return context;
  }
}
