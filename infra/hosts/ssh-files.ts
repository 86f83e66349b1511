/**
 * Options for Docker's `ssh`. They stand in the stack's state, and `pulumi refresh` and `pulumi
 * destroy` have nothing else: they do not run the program, perhaps in a checkout where it never
 * ran. So the options name no file by its absolute path, and ssh itself gets what is missing.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { knownHostLines, pinnedWords, type ProxyJump } from '../shell/ssh-options.ts';
import { pathForPlugins, perchPathForPlugins, projectFolder } from '../shell/project-files.ts';
import { fullStackName } from '../shell/stack-name.ts';
import { whenMade } from '../shell/when-made.ts';

/** Relative to the project's root. Git ignores it. */
const folder = posix.join('.perch/ssh', pulumi.getStack());

const knownHostScript = perchPathForPlugins('infra/hosts/known-host.sh');

/**
 * Returns options with which Docker's `ssh` uses the given key, and connects only if the host shows
 * its pinned key.
 * @param hostKey `ssh-ed25519 AAAA...`
 * @param privateKey secret.
 */
export function sshOptions(
  name: string,
  hostKey: pulumi.Input<string>,
  privateKey: pulumi.Input<string>,
  proxyJump?: ProxyJump,
): pulumi.Output<string[]> {
  const alias = `perch-${name}`;
  return pulumi.unsecret(
    whenMade(pulumi.all([hostKey, privateKey]), ([known, key]) => {
      const identity = write('key', key.endsWith('\n') ? key : `${key}\n`);
      // Before version 8.5, ssh knows no KnownHostsCommand. It then works where the program has run.
      const knownHosts = write('known_hosts', knownHostLines(alias, known, proxyJump));
      // Writes the identity file in a checkout that does not have it.
      const knownHostCommand = ['/bin/sh', knownHostScript, identity, fullStackName()];
      const host = { identity, knownHosts, alias, hostKey: known, knownHostCommand };
      return pinnedWords(host, proxyJump);
    }),
  );
}

/**
 * Writes a file whose name depends on its content, so that no checkout uses the file of an earlier key.
 * @returns its path for plugins.
 */
function write(kind: 'key' | 'known_hosts', content: string): string {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const file = posix.join(folder, `${digest}.${kind}`);
  mkdirSync(join(projectFolder, folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(projectFolder, file), content, { mode: 0o600 });
  return pathForPlugins(file);
}
