import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { isUnlockedPrivateKey } from '../../../infra/config/private-key.ts';
import { hostKey } from '../../../infra/hosts/host-key.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const lock = { cipher: 'aes-256-cbc', passphrase: 'a passphrase' };
const openssh = hostKey(Buffer.alloc(32, 7)).privateKey;

/** The first bytes that `ssh-keygen` writes for a key with a passphrase. */
function lockedOpenssh(): string {
  const start = Buffer.from('openssh-key-v1\0\0\0\0\u000aaes256-ctr\0\0\0\u0006bcrypt', 'latin1');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${start.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

test.each([
  ['OpenSSH', openssh],
  ['PKCS #8', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ['PEM', privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
])('a private key without a passphrase is accepted in the format %s', (_format, key) => {
  expect(isUnlockedPrivateKey(key)).toBe(true);
});

test.each([
  ['a passphrase, OpenSSH', lockedOpenssh()],
  [
    'a passphrase, PKCS #8',
    privateKey.export({ type: 'pkcs8', format: 'pem', ...lock }).toString(),
  ],
  ['a passphrase, PEM', privateKey.export({ type: 'sec1', format: 'pem', ...lock }).toString()],
  ['no END line', openssh.split('\n').slice(0, -2).join('\n')],
  ['only the public half', 'ssh-ed25519 AAAA deploy'],
])('a private key is refused if it has %s', (_what, key) => {
  expect(isUnlockedPrivateKey(key)).toBe(false);
});
