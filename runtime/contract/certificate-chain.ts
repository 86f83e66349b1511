/** Certificates in PEM, and what they must be so that clients accept them for a service's hosts. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { certificateKeyProblem } from './certificate-key.ts';
import { isWildcard } from './host-name.ts';

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Fault of a chain or of its private key. Positions count from 0, the certificate of the hosts. */
export type ChainFault =
  /** The key belongs to another certificate; `isLater`: to one behind the first. */
  | { readonly kind: 'other-key'; readonly isLater: boolean }
  /** The first certificate has a kind of key with which no handshake succeeds. */
  | { readonly kind: 'key-kind'; readonly rule: string }
  /** The certificate at `index` was not issued by the one after it. */
  | { readonly kind: 'order'; readonly index: number; readonly certificate: X509Certificate }
  | {
      readonly kind: 'ended' | 'not-begun';
      readonly index: number;
      readonly certificate: X509Certificate;
    }
  /** The first certificate does not cover `missing`. */
  | {
      readonly kind: 'hosts';
      readonly covered: readonly string[];
      readonly missing: readonly string[];
    };

/** Certificates of a text, in its order; none if there is none, or if one cannot be read. */
export function chainIn(pem: string): readonly X509Certificate[] {
  try {
    return (pem.match(block) ?? []).map((one) => new X509Certificate(one));
  } catch {
    // Its errors say nothing that a person could use.
    return [];
  }
}

/** Text without its certificates. */
export function withoutCertificates(pem: string): string {
  return pem.replaceAll(block, '');
}

/** Private key of a text without a passphrase; undefined: OpenSSL reads none in it. */
export function privateKeyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // Its errors may repeat a part of the text.
    return undefined;
  }
}

export interface ChainUse {
  /** Undefined: the key cannot be read, which is a fault of its own. */
  readonly key: KeyObject | undefined;
  /** Names that it must cover. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
}

/** Faults for which clients would refuse a chain, or no handshake would succeed. */
export function chainFaults(
  chain: readonly X509Certificate[],
  { key, hosts, nowMs }: ChainUse,
): ChainFault[] {
  const [leaf] = chain;
  if (leaf === undefined) return [];
  return [
    ...(key === undefined ? [] : keyFaults(leaf, chain, key)),
    ...keyKindFaults(leaf),
    ...orderFaults(chain),
    ...chain.flatMap((certificate, index) => timeFaults(certificate, index, nowMs)),
    ...hostFaults(leaf, hosts),
  ];
}

function keyFaults(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  key: KeyObject,
): ChainFault[] {
  if (leaf.checkPrivateKey(key)) return [];
  return [{ kind: 'other-key', isLater: chain.some((one) => one.checkPrivateKey(key)) }];
}

/** With another kind of key every handshake fails, although OpenSSL takes the certificate. */
function keyKindFaults({ publicKey }: X509Certificate): ChainFault[] {
  const rule = certificateKeyProblem(publicKey);
  return rule === undefined ? [] : [{ kind: 'key-kind', rule }];
}

function orderFaults(chain: readonly X509Certificate[]): ChainFault[] {
  const index = chain.findIndex((certificate, at) => {
    const issuer = chain[at + 1];
    return issuer !== undefined && !certificate.checkIssued(issuer);
  });
  const certificate = chain[index];
  return certificate === undefined ? [] : [{ kind: 'order', index, certificate }];
}

function timeFaults(certificate: X509Certificate, index: number, nowMs: number): ChainFault[] {
  const { validFromDate, validToDate } = certificate;
  if (validToDate.getTime() <= nowMs) return [{ kind: 'ended', index, certificate }];
  return validFromDate.getTime() <= nowMs ? [] : [{ kind: 'not-begun', index, certificate }];
}

function hostFaults(leaf: X509Certificate, hosts: readonly string[]): ChainFault[] {
  const covered = hostsIn(leaf);
  const missing = hosts.filter((host) => !isCovered(host, covered));
  if (covered.length > 0 && missing.length === 0) return [];
  return [{ kind: 'hosts', covered, missing }];
}

/** Host names in the subjectAltName, the only place where clients look (RFC 9525 section 2). */
export function hostsIn(leaf: X509Certificate): readonly string[] {
  const names = (leaf.subjectAltName ?? '').split(', ');
  return names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4).toLowerCase()] : []));
}

/** Reports whether a certificate with these names covers a host; a wildcard only by itself. */
export function isCovered(host: string, names: readonly string[]): boolean {
  return names.includes(host) || (!isWildcard(host) && names.includes(wildcardOf(host)));
}

/** Wildcard that covers a host: it stands for one label (RFC 6125 section 6.4.3). */
export function wildcardOf(host: string): string {
  return `*${host.slice(host.indexOf('.'))}`;
}
