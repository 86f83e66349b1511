import * as pulumi from '@pulumi/pulumi';
import { prodNetworkPart, type ProdNetwork } from '../prod-network.ts';
import { HostFirewall } from './firewall.ts';
import { AwsNetwork } from './network.ts';

/** Network of a service's hosts. A prod stack makes it; canary stacks put their hosts there too. */
export interface AwsSharedNetwork {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  /** Security group of every host of the service. */
  readonly hostGroupId: pulumi.Output<string>;
}

export interface AwsSharedNetworkArgs {
  /** Networks that may reach the ssh port. */
  readonly sshCidrs: readonly string[];
  readonly redisPort: number;
  /** First port of metrics. Undefined: none. */
  readonly metricsPort: number | undefined;
}

export const vpcCidr = '10.42.0.0/16';

export function makeSharedNetwork(
  name: string,
  { sshCidrs, redisPort, metricsPort }: AwsSharedNetworkArgs,
  opts: pulumi.ComponentResourceOptions,
): AwsSharedNetwork {
  const { vpcId, subnetIds } = new AwsNetwork(name, { cidr: vpcCidr }, opts);
  const open = { sshCidrs, redisPort, metricsPort };
  const firewall = new HostFirewall(name, { vpcId, vpcCidr, ...open }, opts);
  return { vpcId, subnetIds: pulumi.all([...subnetIds]), hostGroupId: firewall.groupId };
}

/** The network's parts for canary stacks, which {@link joinSharedNetwork} reads. */
export function sharedNetworkParts({ vpcId, subnetIds, hostGroupId }: AwsSharedNetwork) {
  return { vpcId, hostGroupId, subnetIds: subnetIds.apply((ids) => ids.join(',')) };
}

export function joinSharedNetwork(prodNetwork: ProdNetwork): AwsSharedNetwork {
  return {
    vpcId: pulumi.output(prodNetworkPart(prodNetwork, 'vpcId')),
    subnetIds: pulumi.output(prodNetworkPart(prodNetwork, 'subnetIds').split(',')),
    hostGroupId: pulumi.output(prodNetworkPart(prodNetwork, 'hostGroupId')),
  };
}
