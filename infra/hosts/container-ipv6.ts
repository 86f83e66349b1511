/** IPv6 of the containers on hosts that reach each other by IPv6. Pure. */
import { createHash } from 'node:crypto';
import type { types } from '@pulumi/docker';

/** First version of Docker that translates the containers' IPv6 addresses without being told. */
const firstVersion = 27;

/**
 * Arguments of a network whose containers reach other hosts by IPv6: a subnet of unique local
 * addresses (RFC 4193), because Docker before 27 picks none itself.
 * @param name unique among the networks of the host.
 */
export function ipv6Network(name: string): {
  ipv6: true;
  ipamConfigs: types.input.NetworkIpamConfig[];
} {
  const globalId = createHash('sha256').update(name).digest('hex');
  const groups = [`fd${globalId.slice(0, 2)}`, globalId.slice(2, 6), globalId.slice(6, 10)];
  return { ipv6: true, ipamConfigs: [{ subnet: `${groups.join(':')}::/64` }] };
}

const routesFile = '/etc/sysctl.d/60-perch-ipv6.conf';
const daemonFile = '/etc/docker/daemon.json';

/**
 * Shell script that lets the Docker which is installed next translate the containers' IPv6 addresses,
 * unless the machine has it, or a configuration of it, already. Needs `as_root`.
 */
export const configureContainerIpv6 = `if ! command -v docker > /dev/null && ! as_root test -e ${daemonFile}; then
  as_root mkdir -p /etc/docker
  as_root sh -c 'echo "{ \\"experimental\\": true, \\"ip6tables\\": true }" > ${daemonFile}'
fi
`;

/**
 * Shell script that keeps a default route which the kernel has from router advertisements. With its
 * first network for IPv6, Docker lets the kernel forward, and a kernel that forwards drops such routes
 * and heeds no more advertisements, unless accept_ra is 2. Needs `as_root`.
 */
export const keepDefaultRoute = `kept=$(for device in $(ip -6 route show default proto ra 2> /dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p'); do
  if [ "$(cat "/proc/sys/net/ipv6/conf/$device/accept_ra")" = 1 ]; then echo "net/ipv6/conf/$device/accept_ra = 2"; fi
done)
if [ -n "$kept" ]; then
  printf '%s\\n' "$kept" | as_root sh -c 'cat >> ${routesFile}'
  as_root sysctl --quiet --load ${routesFile}
fi
`;

/**
 * Shell script that warns if Docker lets containers be reached by IPv6, but reach nothing
 * themselves. Only a restart of Docker would change that. Needs `as_root` and a Docker that responds.
 */
export const checkContainerIpv6 = `docker_version=$(as_root docker version --format '{{.Server.Version}}')
if [ "\${docker_version%%.*}" -lt ${firstVersion} ] && ! as_root grep -q '"ip6tables": *true' ${daemonFile} 2> /dev/null; then
  echo 'warning: members on this machine reach no other by IPv6, and so no Redis there: set "ip6tables": true and "experimental": true in ${daemonFile} and restart Docker, or install Docker ${firstVersion} or later' >&2
fi
`;
