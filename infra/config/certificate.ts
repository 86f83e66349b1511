/** Certificates in PEM: their form, and what they must be to serve a stack's hosts. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { certificateKeyProblem } from '../../runtime/contract/certificate-key.ts';

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** True for one certificate or more, and nothing else. */
export function isCertificateChain(pem: string): boolean {
  const rest = pem.replaceAll(certificateBlock, '').trim();
  return rest === '' && (chainIn(pem)?.length ?? 0) > 0;
}

/** True for one private key without a passphrase. */
export function isPrivateKeyPem(pem: string): boolean {
  return keyIn(pem) !== undefined;
}

export interface ServedCertificate {
  /** PEM, the certificate of the hosts first. */
  readonly certificate: string;
  readonly privateKey: string;
  readonly hosts: readonly string[];
  readonly nowMs: number;
}

/** Problem of a certificate, or of the key that belongs to it. */
export type CertificateProblem = readonly [key: 'certificate' | 'privateKey', problem: string];

/** Problems of a certificate and a key that are valid by themselves. */
export function certificateProblems(served: ServedCertificate): CertificateProblem[] {
  const { hosts, nowMs } = served;
  const [leaf, ...issuers] = chainIn(served.certificate) ?? [];
  const key = keyIn(served.privateKey);
  if (leaf === undefined || key === undefined) return [];
  const problems: CertificateProblem[] = [];
  if (!leaf.checkPrivateKey(key)) {
    problems.push([
      'privateKey',
      'must be the key of the first certificate in certificate (its value is not shown)',
    ]);
  }
  const ofKey = certificateKeyProblem(leaf.publicKey);
  if (ofKey !== undefined) problems.push(['certificate', ofKey]);
  for (const [index, issuer] of issuers.entries()) {
    const issued = index === 0 ? leaf : issuers[index - 1];
    if (issued?.checkIssued(issuer) === false) {
      problems.push([
        'certificate',
        `must have each certificate's issuer after it, the hosts' own first: number ${index + 2} did not issue number ${index + 1}`,
      ]);
    }
  }
  const { validFrom, validTo } = leaf;
  if (Date.parse(validTo) <= nowMs) {
    problems.push(['certificate', `must not be expired, but ended ${isoTime(validTo)}`]);
  }
  if (Date.parse(validFrom) > nowMs) {
    problems.push(['certificate', `must be valid already, but begins ${isoTime(validFrom)}`]);
  }
  const others = hosts.filter((host) => !covers(leaf, host));
  if (others.length > 0) {
    problems.push([
      'certificate',
      `must cover every host, but lacks ${others.join(', ')}; it has ${namesOf(leaf)}`,
    ]);
  }
  return problems;
}

/** A wildcard covers one label (RFC 6125, 6.4.3), and is covered by itself only. */
function covers(certificate: X509Certificate, host: string): boolean {
  const name = host.startsWith('*.') ? host.replace('*', 'a-label') : host;
  const match = certificate.checkHost(name, { subject: 'never', partialWildcards: false });
  return match !== undefined && (name === host || match === host);
}

function namesOf({ subjectAltName }: X509Certificate): string {
  return subjectAltName?.replaceAll('DNS:', '') ?? 'no names';
}

function isoTime(time: string): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Undefined: a block is no certificate. */
function chainIn(pem: string): X509Certificate[] | undefined {
  try {
    return (pem.match(certificateBlock) ?? []).map((block) => new X509Certificate(block));
  } catch {
    // OpenSSL reads none in it.
    return undefined;
  }
}

/** Undefined: OpenSSL reads no key in it. */
function keyIn(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // It is no key, or is locked by a passphrase.
    return undefined;
  }
}
