import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { certificateKeyProblem } from '../../contract/certificate-key.ts';
import { isWildcard } from '../../contract/host-name.ts';
import type { InputProblem } from '../../contract/perch-error.ts';
import type { Certificate } from './certificate.ts';

export interface GivenCertificate {
  /** PEM, the leaf first. */
  readonly chainPem: string;
  /** PEM. Secret. */
  readonly privateKeyPem: string;
}

export interface CertificateUse {
  /** Names that it must cover. */
  readonly hosts: readonly string[];
  readonly nowMs: number;
}

/** Problems have the field `certificate` or `privateKey`, and no secret. */
export type CheckedCertificate =
  | { readonly ok: true; readonly certificate: Certificate }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Checks that clients would accept a certificate, and finds all problems at once. */
export function checkCertificate(given: GivenCertificate, use: CertificateUse): CheckedCertificate {
  const chain = certificatesOf(given.chainPem);
  const [leaf] = chain;
  const key = privateKeyOf(given.privateKeyPem);
  const ofChain =
    leaf === undefined
      ? [`must hold a certificate chain in PEM, but ${contentOf(given.chainPem)}`]
      : [
          ...(typeof key === 'string' ? [] : keyRules(leaf, chain, key)),
          ...keyKindRules(leaf),
          ...orderRules(chain),
          ...chain.flatMap((certificate) => timeRules(certificate, use.nowMs)),
          ...hostRules(leaf, use.hosts),
        ];
  const problems = [
    ...ofChain.map((rule) => ({ field: 'certificate', rule })),
    ...(typeof key === 'string' ? [{ field: 'privateKey', rule: key }] : []),
  ];
  if (leaf === undefined || problems.length > 0) return { ok: false, problems };
  const certificate = {
    hosts: hostsOf(leaf),
    chainPem: chain.map(String).join(''),
    privateKeyPem: given.privateKeyPem,
    notBeforeMs: Math.max(...chain.map(({ validFromDate }) => validFromDate.getTime())),
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
  };
  return { ok: true, certificate };
}

/** Reports whether a certificate with these names covers a host; a wildcard only by itself. */
export function isCovered(host: string, names: readonly string[]): boolean {
  return names.includes(host) || (!isWildcard(host) && names.includes(wildcardOf(host)));
}

/** Returns nothing for a text with a block that is no certificate. */
function certificatesOf(text: string): readonly X509Certificate[] {
  try {
    return (text.match(block) ?? []).map((pem) => new X509Certificate(pem));
  } catch {
    // Its errors say nothing that a person could use.
    return [];
  }
}

/** Content of a text without a certificate, for people. It repeats nothing but labels of PEM. */
function contentOf(text: string): string {
  if (text.trim() === '') return 'is empty';
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, label]) => label);
  if (labels.includes('CERTIFICATE')) return 'no certificate in it can be read';
  if (labels.length > 0) return `holds PEM of ${[...new Set(labels)].join(', ')}`;
  // Bytes that are no UTF-8 become U+FFFD.
  return text.includes('\ufffd') ? 'holds binary data, as DER is' : 'holds no BEGIN line of PEM';
}

/** @returns the key, or the rule that the text breaks. */
function privateKeyOf(text: string): KeyObject | string {
  if (/ENCRYPTED/.test(text)) return 'must be a private key that no password protects';
  try {
    return createPrivateKey(text);
  } catch {
    // Its errors may repeat a part of the text.
    return text.trim() === ''
      ? 'must be a private key in PEM, but there is none'
      : 'must be a private key in PEM';
  }
}

function keyRules(
  leaf: X509Certificate,
  chain: readonly X509Certificate[],
  key: KeyObject,
): string[] {
  if (leaf.checkPrivateKey(key)) return [];
  return chain.some((other) => other.checkPrivateKey(key))
    ? ['must hold the chain in order: the certificate of the private key first']
    : ['must match the private key: it belongs to another key'];
}

/** With another kind of key every handshake fails, although OpenSSL takes the certificate. */
function keyKindRules({ publicKey }: X509Certificate): string[] {
  const problem = certificateKeyProblem(publicKey);
  return problem === undefined ? [] : [problem];
}

function orderRules(chain: readonly X509Certificate[]): string[] {
  const broken = chain.find((certificate, index) => {
    const issuer = chain[index + 1];
    return issuer !== undefined && !certificate.checkIssued(issuer);
  });
  if (broken === undefined) return [];
  return [`must hold the chain in order: ${nameOf(broken)} was not issued by the one after it`];
}

function timeRules(certificate: X509Certificate, nowMs: number): string[] {
  const { validFromDate, validToDate } = certificate;
  if (validToDate.getTime() <= nowMs) {
    return [`must not have expired: ${nameOf(certificate)} did on ${validToDate.toISOString()}`];
  }
  if (validFromDate.getTime() <= nowMs) return [];
  return [
    `must be valid already: ${nameOf(certificate)} will be on ${validFromDate.toISOString()}`,
  ];
}

function hostRules(leaf: X509Certificate, hosts: readonly string[]): string[] {
  const covered = hostsOf(leaf);
  if (covered.length === 0) return ['must name a host in its subjectAltName'];
  const missing = hosts.filter((host) => !isCovered(host, covered));
  if (missing.length === 0) return [];
  return [`must cover every host: it covers ${covered.join(', ')}, but not ${missing.join(', ')}`];
}

function nameOf({ subject }: X509Certificate): string {
  // A certificate need not have a subject (RFC 5280 section 4.1.2.6).
  return subject?.replaceAll('\n', ', ') ?? 'a certificate without a subject';
}

/** Wildcard that covers a host. */
export function wildcardOf(host: string): string {
  return `*${host.slice(host.indexOf('.'))}`;
}

/** Host names in the subjectAltName, the only place where clients look (RFC 9525 section 2). */
function hostsOf(leaf: X509Certificate): readonly string[] {
  const names = (leaf.subjectAltName ?? '').split(', ');
  return names.flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4).toLowerCase()] : []));
}
