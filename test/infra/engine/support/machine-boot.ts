import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Family } from './machine-network.ts';

/**
 * Script of a machine's first process, before anything else starts there. FOLDER is the machine's
 * disk, NAME its host name.
 */
const bootScript = `set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/lock
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$FOLDER/etc,workdir=$FOLDER/etc-work" /etc
hostname "$NAME"
for file in /etc/sysctl.d/60-perch.conf; do
  [ ! -e "$file" ] || sysctl --quiet --load "$file"
done
touch "$FOLDER/booted"
exec sleep infinity`;

/** Arguments of `setpriv` that run {@link bootScript} in namespaces which end with it. */
export function bootArgs(networkNamespace: string): string[] {
  const enter = ['nsenter', `--net=/run/netns/${networkNamespace}`];
  const kinds = ['--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return [...enter, 'unshare', ...kinds, 'tini', '-s', '--', 'sh', '-c', bootScript];
}

const hierarchies = '/sys/fs/cgroup';

/** Removes a control group without processes, with all groups below it, from every hierarchy. */
export function removeControlGroup(name: string): void {
  for (const hierarchy of readdirSync(hierarchies)) {
    const group = join(hierarchies, hierarchy, name);
    if (existsSync(group)) removeGroup(group);
  }
}

function removeGroup(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(group, entry.name));
  }
  rmdirSync(group);
}

/**
 * Writes the configuration of a machine's Docker engine into its /etc, `folder`/etc. Containers reach
 * other machines by IPv6 only if Docker translates their addresses, which it does unasked since 27.
 */
export function configureDocker(folder: string, family: Family): void {
  if (family === 'ipv4') return;
  mkdirSync(join(folder, 'etc/docker'));
  const config = { experimental: true, ip6tables: true };
  writeFileSync(join(folder, 'etc/docker/daemon.json'), JSON.stringify(config));
}
