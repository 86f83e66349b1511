import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { prodNetworkPart, type ProdNetwork } from '../prod-network.ts';
import { everyone, hostRules, outwardRules } from './firewall.ts';
import type { DigitalOceanLoadBalancer } from './load-balancer.ts';

/** Network of a service's droplets. A prod stack makes it; canary stacks put their droplets there too. */
export interface DigitalOceanSharedNetwork {
  readonly vpcId: pulumi.Output<string>;
  /** Addresses of the network, `address/bits`. Undefined in a canary stack, which needs no load balancer. */
  readonly range: pulumi.Output<string> | undefined;
  /** Tag of every droplet of the service. The firewall applies to it. */
  readonly tag: pulumi.Output<string>;
}

export interface DigitalOceanSharedNetworkArgs {
  readonly service: string;
  readonly region: string;
  /** Networks that may reach the ssh port. */
  readonly sshCidrs: readonly string[];
  readonly redisPort: number;
  /** First port of metrics. Undefined: none. */
  readonly metricsPort: number | undefined;
  /** Addresses of the network, `address/bits`. Undefined: DigitalOcean chooses a range that is free in the account. */
  readonly networkRange: string | undefined;
}

export function makeSharedNetwork(
  name: string,
  args: DigitalOceanSharedNetworkArgs,
  opts: pulumi.CustomResourceOptions,
): DigitalOceanSharedNetwork {
  const { service, region, sshCidrs, redisPort, metricsPort: port, networkRange } = args;
  const vpc = new digitalocean.Vpc(
    name,
    { region, ...(networkRange !== undefined && { ipRange: networkRange }) },
    opts,
  );
  const tag = new digitalocean.Tag(name, { name: `perch-${service}` }, opts);
  const metrics = port === undefined ? undefined : { port, range: vpc.ipRange };
  const firewall = new digitalocean.Firewall(
    name,
    {
      tags: [tag.name],
      inboundRules: hostRules(`perch-${service}`, { sshCidrs, redisPort, metrics }),
      outboundRules: outwardRules,
    },
    opts,
  );
  // Whatever uses the tag waits for the firewall.
  return {
    vpcId: vpc.id,
    range: vpc.ipRange,
    tag: pulumi.all([tag.name, firewall.id]).apply(([label]) => label),
  };
}

export function joinSharedNetwork(prodNetwork: ProdNetwork): DigitalOceanSharedNetwork {
  return {
    vpcId: pulumi.output(prodNetworkPart(prodNetwork, 'vpcId')),
    tag: pulumi.output(prodNetworkPart(prodNetwork, 'tag')),
    range: undefined,
  };
}

export interface OpenProxiesArgs {
  readonly ports: readonly number[];
  readonly dropletIds: readonly pulumi.Output<number>[];
  readonly loadBalancer: DigitalOceanLoadBalancer | undefined;
}

/** Opens the proxies' ports to everyone, or only to the load balancer. */
export function openProxies(
  name: string,
  { ports, dropletIds, loadBalancer }: OpenProxiesArgs,
  opts: pulumi.CustomResourceOptions,
): digitalocean.Firewall {
  const source =
    loadBalancer === undefined
      ? { sourceAddresses: everyone }
      : { sourceLoadBalancerUids: [loadBalancer.balancerId] };
  return new digitalocean.Firewall(
    name,
    {
      dropletIds: [...dropletIds],
      inboundRules: ports.map((port) => ({
        protocol: 'tcp',
        portRange: String(port),
        ...source,
      })),
    },
    opts,
  );
}
