/** cloud-config for the first boot of a new machine. Pure text: JSON, which is YAML. */
import { bootstrapScript } from './bootstrap.ts';
import type { HostKey } from './host-key.ts';

export const loginUser = 'perch';

const bootstrapFile = '/usr/local/sbin/perch-bootstrap';

export interface CloudInitOptions {
  /** One line in the format of authorized_keys. */
  readonly authorizedKey: string;
  readonly hostKey: HostKey;
}

/** Sets up Docker, kernel settings, one user who may use Docker, ssh by key only and the given host key. */
export function cloudInit({ authorizedKey, hostKey }: CloudInitOptions): string {
  const config = {
    groups: ['docker'],
    users: [
      {
        name: loginUser,
        groups: ['docker'],
        shell: '/bin/bash',
        lock_passwd: true,
        ssh_authorized_keys: [authorizedKey],
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_genkeytypes: [],
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    write_files: [
      { path: bootstrapFile, permissions: '0755', content: `#!/bin/sh\n${bootstrapScript}` },
    ],
    runcmd: [[bootstrapFile]],
  };
  return `#cloud-config\n${JSON.stringify(config, undefined, 2)}\n`;
}

/** Script that ends when the first boot is over and Docker responds. It may run any number of times. */
export const awaitCloudInit = `set -eu
cloud-init status --wait > /dev/null || {
  cloud-init status --long >&2
  echo "the machine's first boot failed: see /var/log/cloud-init-output.log" >&2
  exit 1
}
docker version --format '{{.Server.Version}}'
`;
