/** Preparation of a machine for Perch's containers, the same on every target. Pure text. */
import { aptInstall } from './apt.ts';
import { checkContainerIpv6, configureContainerIpv6, keepDefaultRoute } from './container-ipv6.ts';
import { liveRestore } from './live-restore.ts';
import { raiseSshBounds } from './ssh-bounds.ts';
import { firstUnprivilegedPort } from '../../runtime/contract/ports.ts';

/** Kernel settings by `sysctl` name. */
const kernelParameters = {
  // Connections waiting on the socket of a closing proxy move to its successor.
  'net.ipv4.tcp_migrate_req': 1,
  // The proxies listen on port 80 without being root.
  'net.ipv4.ip_unprivileged_port_start': firstUnprivilegedPort,
};

const kernelFile = '/etc/sysctl.d/60-perch.conf';

/** Content of the file that makes the settings permanent. */
const kernelText = Object.entries(kernelParameters)
  .map(([name, value]) => `${name} = ${value}`)
  .join('\n');

// A session keeps the groups that it began with, so Docker is asked as root here. The next login
// is in the group.
const dockerGroup = `user=$(id -un)
if [ "$(id -u)" != 0 ] && ! id -nG "$user" | tr ' ' '\\n' | grep -qx docker; then
  as_root usermod --append --groups docker "$user"
fi
`;

/** Units that keep the clock, one of which is enough. */
const clockUnits = 'systemd-timesyncd chrony chronyd ntp ntpd ntpsec openntpd';

// Only a machine without any such unit gets one: its package would remove the others. A machine
// whose clock is kept in another way, as a container's is, must not be refused.
const clock = `some_clock_unit() {
  for unit in ${clockUnits}; do
    if systemctl "$@" "$unit" > /dev/null 2>&1; then return 0; fi
  done
  return 1
}
keep_clock() {
  if some_clock_unit is-active; then return 0; fi
  if ! some_clock_unit cat && command -v apt-get > /dev/null; then apt_install systemd-timesyncd; fi
  as_root systemctl enable --now systemd-timesyncd > /dev/null 2>&1 || true
  some_clock_unit is-active
}
if ! command -v systemctl > /dev/null || ! keep_clock; then
  echo 'warning: nothing known keeps the clock of this machine; turn on time synchronisation (chrony, systemd-timesyncd)' >&2
fi
`;

const upgradesFile = '/etc/apt/apt.conf.d/60-perch-upgrades';

/** Shell script that turns on unattended security updates. It goes after {@link bootstrapScript}. */
export const securityUpdates = `if ! [ -x /usr/bin/unattended-upgrade ]; then apt_install unattended-upgrades; fi
as_root sh -c 'cat > ${upgradesFile}' <<END
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
END
`;

/**
 * Shell script that installs Docker if it is missing (Debian, Ubuntu), lets containers outlive
 * Docker's restarts, applies the kernel settings, raises sshd's bounds, has the clock kept and ends
 * when the engine responds. It may run any number of times, as root or with sudo.
 */
export const bootstrapScript = bootstrap('');

/**
 * Shell script like {@link bootstrapScript}, for a machine whose containers reach other hosts by IPv6. It
 * warns if they cannot.
 */
export const ipv6BootstrapScript = `${bootstrap(configureContainerIpv6)}${keepDefaultRoute}${checkContainerIpv6}`;

/** @param before script that runs before Docker is installed. */
function bootstrap(before: string): string {
  return `set -eu
if [ "$(id -u)" = 0 ]; then as_root() { "$@"; }; else as_root() { sudo --non-interactive "$@"; }; fi
${before}${aptInstall}if ! command -v docker > /dev/null; then
  command -v apt-get > /dev/null || { echo "install Docker first: only Debian and Ubuntu are known here" >&2; exit 1; }
  apt_install docker.io ca-certificates
fi
${dockerGroup}as_root sh -c 'cat > ${kernelFile}' <<END
${kernelText}
END
as_root sysctl --quiet --load ${kernelFile}
${raiseSshBounds}${clock}seconds=0
until as_root docker info > /dev/null 2>&1; do
  [ "$seconds" -lt 60 ] || { echo "Docker does not answer: see journalctl --unit docker" >&2; exit 1; }
  seconds=$((seconds + 1))
  sleep 1
done
${liveRestore}as_root docker version --format '{{.Server.Version}}'
`;
}
