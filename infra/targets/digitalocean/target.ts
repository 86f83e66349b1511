import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { cloudHost } from '../../hosts/cloud-host.ts';
import { generatedHostKey } from '../../hosts/host-key.ts';
import type { SshHost } from '../../hosts/ssh-host.ts';
import { pluginLogins, type Registry } from '../../images/registry.ts';
import type { RedisAccess } from '../../services/redis.ts';
import { prodNetworkPart, type ProdNetwork } from '../prod-network.ts';
import { warnOfSizes } from '../size-drift.ts';
import type { CloudTargetArgs, LoadBalancer, Target } from '../target.ts';
import { DigitalOceanLoadBalancer } from './load-balancer.ts';
import { DropletMachine } from './machine.ts';
import { ManagedValkey } from './managed-redis.ts';
import { existingRegistry, makeRegistry, registryNamed } from './registry.ts';
import { joinSharedNetwork, makeSharedNetwork, openProxies } from './shared-network.ts';

/** Target `digitalocean`: droplets with network, registry and, if needed, a load balancer. */
export class DigitalOceanTarget extends pulumi.ComponentResource implements Target {
  readonly hosts: readonly SshHost[];
  readonly registry: Registry | undefined;
  readonly managedRedis: RedisAccess | undefined;
  readonly loadBalancer: LoadBalancer | undefined;
  readonly prodNetwork: pulumi.Output<ProdNetwork>;
  readonly dashboardUrl = undefined;

  constructor(name: string, args: CloudTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    const aliases = [{ type: 'perch:digitalocean:Site' }];
    super('perch:digitalocean:Target', name, {}, pulumi.mergeOptions(opts, { aliases }));
    const inside = { parent: this };
    const { prodNetwork, region, proxyCount, size, ssh, isBalanced, httpsPort } = args;
    const network =
      prodNetwork === undefined
        ? makeSharedNetwork(name, { ...args, sshCidrs: ssh.cidrs }, inside)
        : joinSharedNetwork(prodNetwork);
    const registryName = registryNameOf(name, args, inside);
    this.registry =
      registryName === undefined ? args.registry : registryNamed(name, registryName, inside);
    const sshKeyId = registeredKey(name, inside);
    const hostName = (index: number) => `${args.role}-${index}`;
    const machines = Array.from(
      { length: args.hostCount },
      (_, index) =>
        new DropletMachine(
          `${name}-${index}`,
          {
            size,
            maySizeChange: args.changedHost === hostName(index),
            region,
            vpcId: network.vpcId,
            tags: [network.tag],
            authorizedKey: ssh.publicKey,
            sshKeyId,
            fixedAddress: prodNetwork === undefined && index < proxyCount && !isBalanced,
          },
          inside,
        ),
    );
    groupInProject(name, machines, inside);
    const proxies = machines.slice(0, proxyCount).map(({ dropletId }) => dropletId);
    const loadBalancer =
      network.range !== undefined && isBalanced
        ? new DigitalOceanLoadBalancer(
            name,
            {
              ...args,
              hosts: args.balancedHosts,
              vpcId: network.vpcId,
              vpcRange: network.range,
              dropletIds: proxies,
            },
            inside,
          )
        : undefined;
    this.loadBalancer = loadBalancer;
    if (prodNetwork === undefined) {
      const ports = httpsPort === undefined ? [args.proxyPort] : [args.proxyPort, httpsPort];
      const opened = { ports, dropletIds: proxies, loadBalancer };
      openProxies(`${name}-proxy`, opened, inside);
    }
    const { privateKey, proxyJump } = ssh;
    const logins = pluginLogins(this.registry, args.pullLogins);
    const login = { privateKey, proxyJump, logins };
    this.hosts = machines.map((machine, index) =>
      cloudHost(hostName(index), { machine, ...login }, this),
    );
    warnOfSizes(
      machines.map((machine, index) => ({ host: hostName(index), size: machine.size })),
      size,
    );
    this.managedRedis =
      prodNetwork === undefined && args.managedRedis
        ? new ManagedValkey(name, { region, vpcId: network.vpcId, tag: network.tag }, inside)
        : undefined;
    this.prodNetwork = pulumi
      .output({ vpcId: network.vpcId, tag: network.tag, registry: registryName ?? '' })
      .apply((parts): ProdNetwork => ({ ...parts }));
    this.registerOutputs({});
  }
}

/**
 * Registers a key that nobody uses. Without a registered key, DigitalOcean sends a root password by
 * email; but an account has each key only once, and the user's may be there already: from another
 * stack, or by hand. cloud-init lets the user's key in, and root not at all.
 */
function registeredKey(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { publicKey } = generatedHostKey(`${name}-unused`, opts);
  // Release 0.2 registered the user's key. It stays registered where it is.
  return new digitalocean.SshKey(name, { publicKey }, { ...opts, ignoreChanges: ['publicKey'] }).id;
}

/** Name of the registry at DigitalOcean, for canary stacks too. Undefined: the stack uses another one, or has its own login. */
function registryNameOf(
  name: string,
  { registry, prodNetwork }: CloudTargetArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> | undefined {
  if (registry !== undefined) return existingRegistry(registry);
  if (prodNetwork === undefined) return makeRegistry(name, opts);
  return pulumi.output(prodNetworkPart(prodNetwork, 'registry'));
}

/** Groups the droplets in DigitalOcean's panel. */
function groupInProject(
  name: string,
  machines: readonly DropletMachine[],
  opts: pulumi.CustomResourceOptions,
): digitalocean.Project {
  const resources = machines.map(({ dropletUrn }) => dropletUrn);
  return new digitalocean.Project(name, { purpose: 'Web Application', resources }, opts);
}
