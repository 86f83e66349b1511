import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { sshString } from './ssh-string.ts';

const pem = /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^]*)\n-----END [A-Z ]*PRIVATE KEY-----\s*$/;
const magic = 'openssh-key-v1\0';
/** Cipher name of a key without a passphrase, as a string of the ssh protocol. */
const noCipher = '\0\0\0\u0004none';

/** True if `value` is a private key without a passphrase, in PEM or OpenSSH's format (openssh PROTOCOL.key). */
export function isUnlockedPrivateKey(value: string): boolean {
  return publicBlob(value) !== undefined;
}

/**
 * Compares the halves of a key.
 * @param publicKey one line as in authorized_keys.
 * @param privateKey PEM or OpenSSH's format, without a passphrase.
 */
export function isPairOfKeys(publicKey: string, privateKey: string): boolean {
  const [, blob = ''] = publicKey.split(' ');
  return publicBlob(privateKey)?.equals(Buffer.from(blob, 'base64')) === true;
}

/** Public half of a private key in the ssh protocol's form. Undefined: it is no such key. */
function publicBlob(value: string): Buffer | undefined {
  const body = pem.exec(value)?.[1];
  if (body === undefined || value.includes('ENCRYPTED')) return undefined;
  const key = Buffer.from(body, 'base64');
  if (!key.toString('latin1').startsWith(magic)) return blobOfPem(value);
  return key.toString('latin1').startsWith(magic + noCipher) ? blobOfOpenssh(key) : undefined;
}

/** After the magic word: cipher, its derivation and that one's options, the number of keys, the first public one. */
function blobOfOpenssh(key: Buffer): Buffer | undefined {
  let rest = key.subarray(magic.length);
  const next = (): Buffer => {
    const length = rest.length < 4 ? 0 : rest.readUInt32BE();
    const content = rest.subarray(4, 4 + length);
    rest = rest.subarray(4 + length);
    return content;
  };
  for (const _skipped of ['cipher', 'derivation', 'options']) next();
  rest = rest.subarray(4);
  const blob = next();
  return blob.length > 0 && next().length > 0 ? blob : undefined;
}

function blobOfPem(value: string): Buffer | undefined {
  let key: JsonWebKey;
  try {
    key = createPublicKey(value).export({ format: 'jwk' });
  } catch {
    // OpenSSL finds no key in it.
    return undefined;
  }
  if (key.kty === 'RSA') return fields('ssh-rsa', integer(bytes(key.e)), integer(bytes(key.n)));
  if (key.crv === 'Ed25519') return fields('ssh-ed25519', bytes(key.x));
  const size = /^P-(256|384|521)$/.exec(key.crv ?? '')?.[1];
  if (size === undefined) return undefined;
  const point = Buffer.concat([Buffer.from([4]), bytes(key.x), bytes(key.y)]);
  return fields(`ecdsa-sha2-nistp${size}`, `nistp${size}`, point);
}

const bytes = (text = '') => Buffer.from(text, 'base64url');

/** Strings of the ssh protocol, one after another. */
const fields = (...contents: readonly (string | Buffer)[]) =>
  Buffer.concat(contents.map(sshString));

/** A positive integer of the ssh protocol (`mpint`): its first bit is 0. */
function integer(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.alloc(1), bytes]);
}
