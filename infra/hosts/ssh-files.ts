import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { knownHostLines, pinnedWords, type ProxyJump } from '../shell/ssh-options.ts';

// Git ignores the folder. Docker's ssh reads the key and the known host key only from files.
const folder = join(import.meta.dirname, '../../.perch/ssh', pulumi.getStack());

/**
 * Options for Docker's `ssh`: it uses the given key, and connects only if the host shows its
 * pinned key.
 * @param hostKey `ssh-ed25519 AAAA...`
 * @param privateKey secret.
 */
export function sshOptions(
  name: string,
  hostKey: pulumi.Input<string>,
  privateKey: pulumi.Input<string>,
  proxyJump?: ProxyJump,
): pulumi.Output<string[]> {
  const identity = join(folder, `${name}.key`);
  const knownHosts = join(folder, `${name}.known_hosts`);
  const alias = `perch-${name}`;
  const written = pulumi.all([hostKey, privateKey]).apply(([known, key]) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(identity, key.endsWith('\n') ? key : `${key}\n`, { mode: 0o600 });
    writeFileSync(knownHosts, knownHostLines(alias, known, proxyJump), { mode: 0o600 });
    return true;
  });
  const words = pinnedWords({ identity, knownHosts, alias }, proxyJump);
  return pulumi.unsecret(written.apply(() => words));
}
