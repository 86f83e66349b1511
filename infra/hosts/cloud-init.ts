/** cloud-config for the first boot of a new machine. Pure text: JSON, which is YAML. */
import { bootstrapScript, securityUpdates } from './bootstrap.ts';
import type { HostKey } from './host-key.ts';

export const loginUser = 'perch';

const bootstrapFile = '/usr/local/sbin/perch-bootstrap';
const sshdFile = '/etc/ssh/sshd_config.d/10-perch.conf';
const logFile = '/var/log/cloud-init-output.log';

export interface CloudInitOptions {
  /** One line in the format of authorized_keys. */
  readonly authorizedKey: string;
  readonly hostKey: HostKey;
}

/**
 * Sets up Docker, kernel settings, security updates, one user who may use Docker, ssh by key only
 * and the given host key.
 */
export function cloudInit({ authorizedKey, hostKey }: CloudInitOptions): string {
  const config = {
    groups: ['docker'],
    users: [
      {
        name: loginUser,
        // adm may read the log of the first boot.
        groups: ['docker', 'adm'],
        shell: '/bin/bash',
        lock_passwd: true,
        ssh_authorized_keys: [authorizedKey],
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    // cloud-init generates no key of another kind beside `ssh_keys`.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    write_files: [
      // An update of openssh-server generates the missing kinds. sshd must not offer them.
      { path: sshdFile, content: 'HostKey /etc/ssh/ssh_host_ed25519_key\n' },
      {
        path: bootstrapFile,
        permissions: '0755',
        content: `#!/bin/sh\n${bootstrapScript}${securityUpdates}`,
      },
    ],
    runcmd: [[bootstrapFile]],
  };
  return `#cloud-config\n${JSON.stringify(config, undefined, 2)}\n`;
}

/**
 * Script that ends when the first boot is over and Docker responds. It may run any number of times.
 * `cloud-init status` exits with 2 if the boot succeeded with warnings, which some clouds' own
 * images cause.
 */
export const awaitCloudInit = `set -eu
status=0
cloud-init status --wait > /dev/null || status=$?
case $status in
  0) ;;
  2)
    echo "warning: the machine's first boot succeeded with warnings:" >&2
    cloud-init status --long >&2 || true
    ;;
  *)
    cloud-init status --long >&2 || true
    echo "the end of ${logFile}:" >&2
    tail -n 40 ${logFile} >&2 || true
    echo "the machine's first boot failed: see ${logFile} there" >&2
    exit 1
    ;;
esac
docker version --format '{{.Server.Version}}'
`;
