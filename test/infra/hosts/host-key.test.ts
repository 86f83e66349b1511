import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unless, whyNoProgram } from '../../support/skip.ts';
import { hostKey } from '../../../infra/hosts/host-key.ts';

test('a seed always gives the same host key, and another seed another key', () => {
  expect(hostKey(Buffer.alloc(32, 1))).toEqual(hostKey(Buffer.alloc(32, 1)));
  expect(hostKey(Buffer.alloc(32, 1)).publicKey).not.toBe(hostKey(Buffer.alloc(32, 2)).publicKey);
});

test('the host key of the first seed in RFC 8032 has the public key given there', () => {
  const seed = Buffer.from(
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'hex',
  );
  const blob = Buffer.from(hostKey(seed).publicKey.split(' ')[1] ?? '', 'base64');
  expect(blob.subarray(-32).toString('hex')).toBe(
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  );
});

test(
  'ssh-keygen derives the same public key from the private host key',
  unless(whyNoProgram('ssh-keygen')),
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'perch-host-key-'));
    try {
      const file = join(folder, 'key');
      const key = hostKey(Buffer.alloc(32, 7));
      writeFileSync(file, key.privateKey, { mode: 0o600 });
      const found = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' });
      expect(found.trim()).toBe(key.publicKey);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
