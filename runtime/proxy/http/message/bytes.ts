/** Bytes with a meaning in the grammar of HTTP/1.1, and the classes of all bytes. */
export const tab = 0x09;
export const lf = 0x0a;
export const cr = 0x0d;
export const space = 0x20;
export const comma = 0x2c;
export const colon = 0x3a;
export const semicolon = 0x3b;

/** Bits of {@link byteClass}. */
export const tokenByte = 1;
export const fieldByte = 2;
export const targetByte = 4;
export const hostByte = 8;

/**
 * Classes of each of the 256 bytes, as a set of bits:
 * - `tokenByte`: a token (RFC 9110 section 5.6.2).
 * - `fieldByte`: a field value (RFC 9110 section 5.5: HTAB, SP, VCHAR, obs-text).
 * - `targetByte`: a request target. Visible ASCII, because user agents send more than RFC 3986
 *   allows, without `#`, because a fragment is never sent.
 * - `hostByte`: a name or an IPv4 address in Host (RFC 3986 section 3.2.2). Without the comma,
 *   because it would let a list look like a name.
 */
export const byteClass: Uint8Array = new Uint8Array(256);

for (let byte = 0; byte < 256; byte += 1) {
  const character = String.fromCharCode(byte);
  const visible = byte > space && byte < 0x7f;
  const alphanumeric = /[a-z0-9]/i.test(character);
  byteClass[byte] =
    (alphanumeric || (visible && "!#$%&'*+-.^_`|~".includes(character)) ? tokenByte : 0) |
    (byte === tab || (byte >= space && byte !== 0x7f) ? fieldByte : 0) |
    (visible && character !== '#' ? targetByte : 0) |
    (alphanumeric || (visible && "-._~%!$&'()*+;=".includes(character)) ? hostByte : 0);
}

/** Reports whether a byte may stand in a token (RFC 9110 section 5.6.2). */
export function isTokenByte(byte: number): boolean {
  return ((byteClass[byte] ?? 0) & tokenByte) !== 0;
}

/** Reports whether a byte may stand in a field value (RFC 9110 section 5.5). */
export function isFieldByte(byte: number): boolean {
  return ((byteClass[byte] ?? 0) & fieldByte) !== 0;
}

/**
 * Returns a text of latin1 in one piece. V8 keeps a concatenation as its parts, and collects them anew
 * each time that it is written.
 */
export function flat(latin1: string): string {
  return Buffer.from(latin1, 'latin1').latin1Slice();
}

declare global {
  interface Buffer {
    /** Does the same as `toString('latin1', start, end)` without its checks; Node's types omit it. */
    latin1Slice(start?: number, end?: number): string;
    /** Does the same as `write(text, at, length, 'latin1')` without its checks. */
    latin1Write(text: string, at: number, length: number): number;
  }
}
