import * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import type { Host } from '../hosts/host.ts';

/** Returns the image reference for containers on a host. */
export type HostImage = (host: Host) => pulumi.Output<string>;

/** Pulls an image by digest on every ssh host. This machine's own engine already has what it built. */
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
  // The host keeps the image, so that going back to this release needs no registry.
  const args = { name: reference, keepLocally: true };
  return new docker.RemoteImage(name, args, { provider: host.docker }).repoDigest;
}
