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

/**
 * Shell script that warns if Docker lets containers be reached by IPv6, but reach nothing
 * themselves. Only a restart of Docker would change that. Needs `as_root` and a Docker that responds.
 */
export const checkContainerIpv6 = `docker_version=$(as_root docker version --format '{{.Server.Version}}')
if [ "\${docker_version%%.*}" -lt ${firstVersion} ] && ! as_root grep -q '"ip6tables": *true' /etc/docker/daemon.json 2> /dev/null; then
  echo 'warning: members on this machine reach no other by IPv6, and so no Redis there: set "ip6tables": true and "experimental": true in /etc/docker/daemon.json and restart Docker, or install Docker ${firstVersion} or later' >&2
fi
`;
