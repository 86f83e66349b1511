/** Preparation of a machine for Perch's containers, the same on every target. Pure text. */
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

/**
 * Shell script that installs Docker if it is missing (Debian, Ubuntu), applies the kernel settings
 * and ends when the engine responds. It may run any number of times, as root or with sudo.
 */
export const bootstrapScript = `set -eu
if [ "$(id -u)" = 0 ]; then as_root() { "$@"; }; else as_root() { sudo --non-interactive "$@"; }; fi
if ! command -v docker > /dev/null; then
  command -v apt-get > /dev/null || { echo "install Docker first: only Debian and Ubuntu are known here" >&2; exit 1; }
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends docker.io ca-certificates
  [ "$(id -u)" = 0 ] || as_root usermod --append --groups docker "$(id -un)"
fi
as_root sh -c 'cat > ${kernelFile}' <<END
${kernelText}
END
as_root sysctl --quiet --load ${kernelFile}
seconds=0
until as_root docker info > /dev/null 2>&1; do
  [ "$seconds" -lt 60 ] || { echo "Docker does not answer: see journalctl --unit docker" >&2; exit 1; }
  seconds=$((seconds + 1))
  sleep 1
done
docker version --format '{{.Server.Version}}'
`;
