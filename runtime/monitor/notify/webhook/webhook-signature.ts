import { createHmac } from 'node:crypto';

/** Header fields that carry the signature. */
export const signatureField = { timestamp: 'x-perch-timestamp', signature: 'x-perch-signature' };

/**
 * `v1=` and the hexadecimal HMAC-SHA256 (RFC 2104) of `TIMESTAMP.BODY`. The timestamp, seconds since
 * the epoch, is signed too, so that a receiver can refuse a replayed message.
 */
export function webhookSignature(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
