/** Certificates in PEM: their form, and what they must be to serve a stack's hosts. */
import {
  chainFaults,
  chainIn,
  privateKeyIn,
  withoutCertificates,
  type ChainFault,
} from '../../runtime/contract/certificate-chain.ts';

/** True for one certificate or more, and nothing else. */
export function isCertificateChain(pem: string): boolean {
  return withoutCertificates(pem).trim() === '' && chainIn(pem).length > 0;
}

/** True for one private key without a passphrase. */
export function isPrivateKeyPem(pem: string): boolean {
  return privateKeyIn(pem) !== undefined;
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
  const { certificate, privateKey, ...use } = served;
  const key = privateKeyIn(privateKey);
  if (key === undefined) return [];
  return chainFaults(chainIn(certificate), { key, ...use }).map(problemOf);
}

function problemOf(fault: ChainFault): CertificateProblem {
  switch (fault.kind) {
    case 'other-key':
      return [
        'privateKey',
        'must be the key of the first certificate in certificate (its value is not shown)',
      ];
    case 'key-kind':
      return ['certificate', fault.rule];
    case 'order':
      return [
        'certificate',
        `must have each certificate's issuer after it, the hosts' own first: number ${fault.index + 2} did not issue number ${fault.index + 1}`,
      ];
    case 'ended':
      return [
        'certificate',
        `must not be expired, but ${whichOf(fault)}ended ${isoTime(fault.certificate.validToDate)}`,
      ];
    case 'not-begun':
      return [
        'certificate',
        `must be valid already, but ${whichOf(fault)}begins ${isoTime(fault.certificate.validFromDate)}`,
      ];
    case 'hosts':
      return [
        'certificate',
        `must cover every host, but lacks ${fault.missing.join(', ')}; it has ${fault.covered.join(', ') || 'no names'}`,
      ];
  }
}

/** Number of a certificate that is not the hosts' own. */
function whichOf({ index }: { readonly index: number }): string {
  return index === 0 ? '' : `number ${index + 1} `;
}

function isoTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
