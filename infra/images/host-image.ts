import * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import type { Host } from '../hosts/host.ts';

/** What to make a host's containers of. */
export type HostImage = (host: Host) => pulumi.Output<string>;

/** Pulls an image by digest on every host; this machine's own engine has what it built. */
export function onHosts(
  name: string,
  reference: pulumi.Output<string>,
  hosts: readonly Host[],
): HostImage {
  const pulled = new Map(
    hosts
      .filter((host) => host.shell.kind === 'ssh')
      .map((host) => [host, pull(`${name}-${host.name}`, reference, host)]),
  );
  return (host) => pulled.get(host) ?? reference;
}

function pull(name: string, reference: pulumi.Output<string>, host: Host): pulumi.Output<string> {
  // Kept on the host, so that a release that goes back needs no registry.
  const args = { name: reference, keepLocally: true };
  return new docker.RemoteImage(name, args, { provider: host.docker }).repoDigest;
}
