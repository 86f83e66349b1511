import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../../hosts/host.ts';
import { onHosts, type HostImage } from '../../images/host-image.ts';
import type { PullLogin } from '../../images/pull-script.ts';

export interface PartImageArgs {
  /** Image by digest. */
  readonly image: pulumi.Input<string>;
  /** Logins of the registries that hosts pull from. They become secrets. Default: none. */
  readonly pullLogins?: pulumi.Input<readonly PullLogin[]>;
}

/** Pulls the image of a part on its hosts. */
export function partImage(
  name: string,
  { image, pullLogins = [] }: PartImageArgs,
  hosts: readonly Host[],
  opts: pulumi.ComponentResourceOptions = {},
): HostImage {
  const { parent } = opts;
  const logins: pulumi.Output<readonly PullLogin[]> = pulumi.secret(pulumi.output(pullLogins));
  const args = { reference: pulumi.output(image), key: 'image', logins } as const;
  return onHosts(name, args, [...new Set(hosts)], parent === undefined ? {} : { parent });
}
