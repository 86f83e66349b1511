import { createSecureContext } from 'node:tls';
import { errorMessage } from '../../contract/error-message.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
import {
  checkCertificate,
  type CertificateUse,
  type CheckedCertificate,
  type GivenCertificate,
} from '../../core/edge/certificate-check.ts';
import { contextOptions } from './context-options.ts';

/** Reason for which a proxy cannot present a certificate, such as a key that is too short. */
export function certificateFault({
  chainPem,
  privateKeyPem,
}: Pick<Certificate, 'chainPem' | 'privateKeyPem'>): string | undefined {
  try {
    createSecureContext({ ...contextOptions, cert: chainPem, key: privateKeyPem });
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** Checks that clients would accept a certificate, and if so, that TLS can use it. */
export function checkUsable(given: GivenCertificate, use: CertificateUse): CheckedCertificate {
  const checked = checkCertificate(given, use);
  if (!checked.ok) return checked;
  const fault = certificateFault(checked.certificate);
  if (fault === undefined) return checked;
  const rule = `must be one that TLS can use: ${fault}`;
  return { ok: false, problems: [{ field: 'certificate', rule }] };
}
