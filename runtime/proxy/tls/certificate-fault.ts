import { createSecureContext } from 'node:tls';
import { errorMessage } from '../../contract/error-message.ts';
import type { Certificate } from '../../core/edge/certificate.ts';
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
