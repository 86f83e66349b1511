import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../../config/stack-config.ts';
import { offeredPart, type Neighbourhood } from '../prod-network.ts';
import { HostFirewall } from './firewall.ts';
import { AwsNetwork } from './network.ts';

/** Where hosts stand. A prod stack makes it; a canary stack's hosts stand in their prod stack's. */
export interface AwsPlace {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[]>;
  /** The security group that every host of the service is in. */
  readonly hostGroupId: pulumi.Output<string>;
}

export const vpcCidr = '10.42.0.0/16';

export function makePlace(
  name: string,
  { sshCidrs, redisPort }: StackConfig,
  options: pulumi.ComponentResourceOptions,
): AwsPlace {
  const { vpcId, subnetIds } = new AwsNetwork(name, { cidr: vpcCidr }, options);
  const firewall = new HostFirewall(name, { vpcId, sshCidrs, redisPort }, options);
  return { vpcId, subnetIds: pulumi.all([...subnetIds]), hostGroupId: firewall.groupId };
}

export function offerPlace({ vpcId, subnetIds, hostGroupId }: AwsPlace) {
  return { vpcId, hostGroupId, subnetIds: subnetIds.apply((ids) => ids.join(',')) };
}

export function joinPlace(offered: Neighbourhood): AwsPlace {
  return {
    vpcId: pulumi.output(offeredPart(offered, 'vpcId')),
    subnetIds: pulumi.output(offeredPart(offered, 'subnetIds').split(',')),
    hostGroupId: pulumi.output(offeredPart(offered, 'hostGroupId')),
  };
}
