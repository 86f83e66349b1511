const pem = /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^]*)\n-----END [A-Z ]*PRIVATE KEY-----\s*$/;
const magic = 'openssh-key-v1\0';
/** Cipher name of a key without a passphrase, as a string of the ssh protocol. */
const noCipher = '\0\0\0\u0004none';

/** True if `value` is a private key without a passphrase, in PEM or OpenSSH's format (openssh PROTOCOL.key). */
export function isUnlockedPrivateKey(value: string): boolean {
  const body = pem.exec(value)?.[1];
  if (body === undefined || value.includes('ENCRYPTED')) return false;
  const key = Buffer.from(body, 'base64').toString('latin1');
  return !key.startsWith(magic) || key.startsWith(magic + noCipher);
}
