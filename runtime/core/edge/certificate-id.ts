import { X509Certificate } from 'node:crypto';

/** DER of the object identifier of the extension authorityKeyIdentifier, 2.5.29.35. */
const authorityKeyIdentifier = Buffer.from('0603551d23', 'hex');
const octetString = 0x04;
const sequence = 0x30;
/** Tag of the field keyIdentifier (RFC 5280 section 4.2.1.1). */
const keyIdentifier = 0x80;

/**
 * Name of a certificate for its authority (RFC 9773 section 4.1): key identifier and serial number, each
 * in base64url. Undefined if the certificate has no key identifier.
 * @param pem its chain, leaf first.
 * @throws Error if the certificate cannot be read.
 */
export function certificateId(pem: string): string | undefined {
  const { raw, serialNumber } = new X509Certificate(pem);
  const key = keyIdentifierIn(raw);
  return key === undefined ? undefined : `${key.toString('base64url')}.${serialOf(serialNumber)}`;
}

/** Serial number as the bytes of a DER INTEGER, whose first bit is its sign. */
function serialOf(hexadecimal: string): string {
  const even = hexadecimal.length % 2 === 0 ? hexadecimal : `0${hexadecimal}`;
  const bytes = Buffer.from(even, 'hex');
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  return (isNegative ? Buffer.concat([Buffer.of(0), bytes]) : bytes).toString('base64url');
}

function keyIdentifierIn(der: Buffer): Buffer | undefined {
  const at = der.indexOf(authorityKeyIdentifier);
  if (at === -1) return undefined;
  const value = elementAt(der, at + authorityKeyIdentifier.length);
  if (value?.tag !== octetString) return undefined;
  const fields = elementAt(value.content, 0);
  if (fields?.tag !== sequence) return undefined;
  const first = elementAt(fields.content, 0);
  return first?.tag === keyIdentifier ? first.content : undefined;
}

/** Element of DER with a length of one byte, as all parts of this extension have. */
function elementAt(der: Buffer, at: number): { tag: number; content: Buffer } | undefined {
  const [tag, length] = der.subarray(at, at + 2);
  if (tag === undefined || length === undefined || length >= 0x80) return undefined;
  return { tag, content: der.subarray(at + 2, at + 2 + length) };
}
