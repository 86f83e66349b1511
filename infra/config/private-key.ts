const pem = /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^]*)\n-----END [A-Z ]*PRIVATE KEY-----\s*$/;
const magic = 'openssh-key-v1\0';
/** The cipher's name, a string of the ssh protocol, when the key has no passphrase. */
const noCipher = '\0\0\0\u0004none';

/** A private key in PEM or in OpenSSH's format (openssh PROTOCOL.key) that asks for no passphrase. */
export function isUnlockedPrivateKey(value: string): boolean {
  const body = pem.exec(value)?.[1];
  if (body === undefined || value.includes('ENCRYPTED')) return false;
  const key = Buffer.from(body, 'base64').toString('latin1');
  return !key.startsWith(magic) || key.startsWith(magic + noCipher);
}
