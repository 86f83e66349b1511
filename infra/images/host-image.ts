import * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import { usualArchitecture, type Architecture } from '../../runtime/contract/architecture.ts';
import type { Host } from '../hosts/host.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { deliveredToAll } from './delivery.ts';
import { pullImage, type PullArgs } from './pull.ts';

/** Returns the image reference for containers on a host. */
export type HostImage = (host: Host) => pulumi.Output<string>;

export interface HostImageArgs extends Pick<PullArgs, 'key' | 'logins'> {
  readonly reference: pulumi.Output<string>;
}

/** Brings an image to every ssh host, by its digest. This machine's own engine already has what it built. */
export function onHosts(
  name: string,
  args: HostImageArgs,
  hosts: readonly Host[],
  opts: PartOptions = {},
): HostImage {
  const reference = deliveredToAll(args.reference, hosts);
  const pulled = new Map(
    hosts
      .filter((host) => host.shell.kind === 'ssh')
      .map((host) => [
        host,
        pull(
          `${name}-${host.name}`,
          { ...args, reference, architecture: required(host, hosts) },
          host,
          opts,
        ),
      ]),
  );
  return (host) => pulled.get(host) ?? args.reference;
}

/** Architecture that an image must have on a host. Undefined: all hosts have the usual one. */
function required(host: Host, hosts: readonly Host[]): Architecture | undefined {
  const isUsual = hosts.every(({ architecture }) => architecture === usualArchitecture);
  return isUsual ? undefined : host.architecture;
}

function pull(
  name: string,
  args: HostImageArgs & Pick<PullArgs, 'architecture'>,
  host: Host,
  opts: PartOptions,
): pulumi.Output<string> {
  const { reference: image, key, logins, architecture } = args;
  const { shell, ready } = host;
  const command = pullImage(
    `${name}-pull`,
    { image, key, shell, logins, architecture, after: [ready] },
    opts,
  );
  // The host keeps the image, so that going back to this release needs no registry.
  return new docker.RemoteImage(
    name,
    { name: image, keepLocally: true },
    { ...opts, provider: host.docker, dependsOn: [command] },
  ).repoDigest;
}
