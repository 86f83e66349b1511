import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface SshKey {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...` */
  readonly publicKey: string;
}

/** Makes a key in `file` and `file`.pub. */
export function makeSshKey(file: string): SshKey {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return {
    privateKey: readFileSync(file, 'utf8'),
    publicKey: readFileSync(`${file}.pub`, 'utf8').trim(),
  };
}
