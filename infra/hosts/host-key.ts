/** ssh host keys that are known before their hosts exist, so that even the first connection is pinned. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { sshString as field } from '../config/ssh-string.ts';
import { whenMade } from '../shell/when-made.ts';

export interface HostKey {
  /** `ssh-ed25519 AAAA...` */
  readonly publicKey: string;
  /** OpenSSH's own format. Secret. */
  readonly privateKey: string;
}

const algorithm = 'ssh-ed25519';
const seedBytes = 32;
/** PKCS #8 of an Ed25519 key up to the seed (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Generates a host key. The stack's state keeps its seed, encrypted. */
export function generatedHostKey(
  name: string,
  opts: pulumi.CustomResourceOptions,
): { readonly publicKey: pulumi.Output<string>; readonly privateKey: pulumi.Output<string> } {
  const seed = new random.RandomBytes(`${name}-host-key`, { length: seedBytes }, opts);
  const key = whenMade(seed.base64, (text) => hostKey(Buffer.from(text, 'base64')));
  return {
    publicKey: pulumi.unsecret(whenMade(key, ({ publicKey }) => publicKey)),
    privateKey: pulumi.secret(whenMade(key, ({ privateKey }) => privateKey)),
  };
}

/** Ed25519 key of a seed of 32 bytes, in OpenSSH's formats (openssh PROTOCOL.key). */
export function hostKey(seed: Buffer): HostKey {
  const der = Buffer.concat([pkcs8Prefix, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const point = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const publicBlob = Buffer.concat([field(algorithm), field(point)]);
  const check = seed.subarray(0, 4);
  const pair = field(Buffer.concat([seed, point]));
  const secrets = Buffer.concat([check, check, publicBlob, pair, field('')]);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(padded(secrets)),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return {
    publicKey: `${algorithm} ${publicBlob.toString('base64')}`,
    privateKey: [
      '-----BEGIN OPENSSH PRIVATE KEY-----',
      ...lines,
      '-----END OPENSSH PRIVATE KEY-----',
      '',
    ].join('\n'),
  };
}

/** Pads to a multiple of the cipher's block size, 8, with the bytes 1, 2, 3... */
function padded(bytes: Buffer): Buffer {
  const missing = (8 - (bytes.length % 8)) % 8;
  return Buffer.concat([bytes, Buffer.from(Array.from({ length: missing }, (_, i) => i + 1))]);
}
