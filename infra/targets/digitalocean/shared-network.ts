import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../../config/stack-config.ts';
import { offeredPart, type Neighbourhood } from '../prod-network.ts';
import { everyone, hostRules, outwardRules } from './firewall.ts';
import type { DigitalOceanLoadBalancer } from './load-balancer.ts';

/** Where droplets stand. A prod stack makes it; a canary stack's stand in their prod stack's. */
export interface DigitalOceanPlace {
  readonly vpcId: pulumi.Output<string>;
  /** Every droplet of the service has it, and the firewall goes by it. */
  readonly tag: pulumi.Output<string>;
}

export const vpcRange = '10.43.0.0/20';

export function makePlace(
  name: string,
  { service, region = '', sshCidrs, redisPort }: StackConfig,
  options: pulumi.CustomResourceOptions,
): DigitalOceanPlace {
  const vpc = new digitalocean.Vpc(name, { region, ipRange: vpcRange }, options);
  const tag = new digitalocean.Tag(name, { name: `perch-${service}` }, options);
  const firewall = new digitalocean.Firewall(
    name,
    {
      tags: [tag.name],
      inboundRules: hostRules(`perch-${service}`, { sshCidrs, redisPort }),
      outboundRules: outwardRules,
    },
    options,
  );
  // A droplet that asks for the tag gets the firewall with it.
  return { vpcId: vpc.id, tag: pulumi.all([tag.name, firewall.id]).apply(([label]) => label) };
}

export function joinPlace(offered: Neighbourhood): DigitalOceanPlace {
  return {
    vpcId: pulumi.output(offeredPart(offered, 'vpcId')),
    tag: pulumi.output(offeredPart(offered, 'tag')),
  };
}

/** Lets the world reach the proxies' port, or the load balancer alone. */
export function openProxies(
  name: string,
  settings: {
    readonly port: number;
    readonly dropletIds: readonly pulumi.Output<number>[];
    readonly loadBalancer: DigitalOceanLoadBalancer | undefined;
  },
  options: pulumi.CustomResourceOptions,
): digitalocean.Firewall {
  const { port, dropletIds, loadBalancer } = settings;
  const source =
    loadBalancer === undefined
      ? { sourceAddresses: everyone }
      : { sourceLoadBalancerUids: [loadBalancer.balancerId] };
  return new digitalocean.Firewall(
    name,
    {
      dropletIds: [...dropletIds],
      inboundRules: [{ protocol: 'tcp', portRange: String(port), ...source }],
    },
    options,
  );
}
