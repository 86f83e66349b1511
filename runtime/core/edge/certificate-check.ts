import type { X509Certificate } from 'node:crypto';
import {
  chainFaults,
  chainIn,
  hostsIn,
  privateKeyIn,
  type ChainFault,
} from '../../contract/certificate-chain.ts';
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
  /** True if it may have expired: that comes with time and not with a change. Default false. */
  readonly mayHaveExpired?: boolean;
}

/** Problems have the field `certificate` or `privateKey`, and no secret. */
export type CheckedCertificate =
  | { readonly ok: true; readonly certificate: Certificate }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** Checks that clients would accept a certificate, and finds all problems at once. */
export function checkCertificate(given: GivenCertificate, use: CertificateUse): CheckedCertificate {
  const chain = chainIn(given.chainPem);
  const [leaf] = chain;
  const key = privateKeyIn(given.privateKeyPem);
  const keyRule = privateKeyRule(given.privateKeyPem, key !== undefined);
  const ofChain =
    leaf === undefined
      ? [`must hold a certificate chain in PEM, but ${contentOf(given.chainPem)}`]
      : chainFaults(chain, { key: keyRule === undefined ? key : undefined, ...use })
          .filter(({ kind }) => kind !== 'ended' || use.mayHaveExpired !== true)
          .map(ruleOf);
  const problems = [
    ...ofChain.map((rule) => ({ field: 'certificate', rule })),
    ...(keyRule === undefined ? [] : [{ field: 'privateKey', rule: keyRule }]),
  ];
  if (leaf === undefined || problems.length > 0) return { ok: false, problems };
  const certificate = {
    hosts: hostsIn(leaf),
    chainPem: chain.map(String).join(''),
    privateKeyPem: given.privateKeyPem,
    notBeforeMs: Math.max(...chain.map(({ validFromDate }) => validFromDate.getTime())),
    notAfterMs: Math.min(...chain.map(({ validToDate }) => validToDate.getTime())),
  };
  return { ok: true, certificate };
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

/** Rule that the text of a private key breaks; undefined for a good one. */
function privateKeyRule(text: string, isReadable: boolean): string | undefined {
  if (/ENCRYPTED/.test(text)) return 'must be a private key that no password protects';
  if (isReadable) return undefined;
  return text.trim() === ''
    ? 'must be a private key in PEM, but there is none'
    : 'must be a private key in PEM';
}

function ruleOf(fault: ChainFault): string {
  switch (fault.kind) {
    case 'other-key':
      return fault.isLater
        ? 'must hold the chain in order: the certificate of the private key first'
        : 'must match the private key: it belongs to another key';
    case 'key-kind':
      return fault.rule;
    case 'order':
      return `must hold the chain in order: ${nameOf(fault.certificate)} was not issued by the one after it`;
    case 'ended':
      return `must not have expired: ${nameOf(fault.certificate)} did on ${fault.certificate.validToDate.toISOString()}`;
    case 'not-begun':
      return `must be valid already: ${nameOf(fault.certificate)} will be on ${fault.certificate.validFromDate.toISOString()}`;
    case 'hosts':
      return fault.covered.length === 0
        ? 'must name a host in its subjectAltName'
        : `must cover every host: it covers ${fault.covered.join(', ')}, but not ${fault.missing.join(', ')}`;
  }
}

function nameOf({ subject }: X509Certificate): string {
  // A certificate need not have a subject (RFC 5280 section 4.1.2.6).
  return subject?.replaceAll('\n', ', ') ?? 'a certificate without a subject';
}
