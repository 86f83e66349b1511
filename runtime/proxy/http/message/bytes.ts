/** Bytes that the grammar of HTTP/1.1 gives a meaning to, and the classes of all others. */
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
 * What each of the 256 bytes may be part of:
 * a token (RFC 9110 section 5.6.2), a field value (section 5.5: HTAB, SP, VCHAR, obs-text),
 * a request target (visible ASCII without `#`: what user agents send is wider than RFC 3986, a
 * fragment is never sent), a Host (RFC 3986 section 3.2.2, a name or an IPv4 address, without the comma, as lists hide there).
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

declare global {
  interface Buffer {
    /** What `toString('latin1', start, end)` comes to, without its checks; Node's types leave it out. */
    latin1Slice(start?: number, end?: number): string;
  }
}
