import { text as textOf } from 'node:stream/consumers';
import type { GivenCertificate } from '../core/edge/certificate-check.ts';

/** One with a password has header fields in the traditional form (RFC 1421), with dashes in them. */
const key = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----[^]+?-----END \1PRIVATE KEY-----/g;

/** A chain of ten certificates by RSA with 4,096 bits has 25 KB. */
const mostBytes = 131_072;

/** Certificate on stdin, or the rule that stdin breaks; a rule holds no secret. */
export type StdinCertificate =
  | { readonly given: GivenCertificate; readonly rule?: undefined }
  | { readonly given?: undefined; readonly rule: string };

/** Reads a certificate chain and its private key from stdin, in PEM, with any text around them. */
export async function readStdinCertificate(): Promise<StdinCertificate> {
  const text = await textOf(process.stdin);
  if (text.length > mostBytes) return { rule: `must have at most ${mostBytes} bytes` };
  const keys = text.match(key) ?? [];
  if (keys.length > 1) return { rule: 'must hold one private key' };
  return { given: { chainPem: text.replaceAll(key, ''), privateKeyPem: keys[0] ?? '' } };
}
