import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isPairOfKeys, isUnlockedPrivateKey } from '../../../infra/config/private-key.ts';
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

/** Public half as ssh-keygen prints it, of keys that it made. */
const made = JSON.parse(
  readFileSync(join(import.meta.dirname, 'ssh-keygen-pairs.json'), 'utf8'),
) as Record<string, { publicKey: string; privateKey: string }>;

test.each(Object.entries(made))(
  'a public key of ssh-keygen matches its private key and no other: %s',
  (name, { publicKey, privateKey }) => {
    expect(isUnlockedPrivateKey(privateKey)).toBe(true);
    for (const [other, pair] of Object.entries(made)) {
      expect([other, isPairOfKeys(publicKey, pair.privateKey)]).toEqual([other, other === name]);
    }
  },
);

test('a private key that is cut off is refused', () => {
  const [begin = '', , ...rest] = openssh.split('\n');
  expect(isUnlockedPrivateKey([begin, ...rest].join('\n'))).toBe(false);
  expect(isUnlockedPrivateKey([begin, 'b3BlbnNzaC1rZXktdjEA', ...rest.slice(-2)].join('\n'))).toBe(
    false,
  );
});
