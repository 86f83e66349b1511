import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../../config/stack-config.ts';
import { awaitCloudInit, loginUser } from '../../hosts/cloud-init.ts';
import { offeredPart, type Neighbourhood } from '../prod-network.ts';
import { configuredRegistry, loginOf } from '../../images/registry.ts';
import type { Site } from '../target.ts';
import { SshHost } from '../../hosts/ssh-host.ts';
import { DigitalOceanLoadBalancer } from './load-balancer.ts';
import { DropletMachine } from './machine.ts';
import { ManagedValkey } from './managed-redis.ts';
import { joinPlace, makePlace, openProxies, vpcRange } from './shared-network.ts';
import { makeRegistry, registryNamed } from './registry.ts';

const defaultSize = 's-1vcpu-2gb';
const bootSeconds = 300;

/**
 * Droplets and what stands around them.
 * @param joined where the prod stack's droplets stand, on a canary stack.
 */
export function digitalOceanSite(config: StackConfig, joined: Neighbourhood | undefined): Site {
  const name = `${config.service}-${config.role}`;
  const { region = '', proxyCount, httpPort } = config;
  const around = new pulumi.ComponentResource('perch:digitalocean:Site', name);
  const options = { parent: around };
  const place = joined === undefined ? makePlace(name, config, options) : joinPlace(joined);
  const registryName = registryOf(name, config, joined, options);
  const registry =
    registryName === undefined
      ? configuredRegistry(config)
      : registryNamed(name, registryName, options);
  const key = new digitalocean.SshKey(name, { publicKey: config.sshPublicKey ?? '' }, options);
  const isBalanced = proxyCount > 1 || config.domain !== undefined;
  const machines = Array.from(
    { length: config.hostCount },
    (_, index) =>
      new DropletMachine(
        `${name}-${index}`,
        {
          size: config.size ?? defaultSize,
          region,
          vpcId: place.vpcId,
          tags: [place.tag],
          authorizedKey: config.sshPublicKey ?? '',
          sshKeyId: key.id,
          fixedAddress: joined === undefined && index < proxyCount && !isBalanced,
        },
        options,
      ),
  );
  groupInProject(name, machines, options);
  const proxies = machines.slice(0, proxyCount).map(({ dropletId }) => dropletId);
  const loadBalancer =
    joined === undefined && isBalanced
      ? new DigitalOceanLoadBalancer(
          name,
          {
            region,
            vpcId: place.vpcId,
            vpcRange,
            dropletIds: proxies,
            proxyPort: httpPort,
            healthPath: config.healthPath,
            domain: config.domain,
            dnsZone: config.dnsZone,
          },
          options,
        )
      : undefined;
  if (joined === undefined) {
    const opened = { port: httpPort, dropletIds: proxies, loadBalancer };
    openProxies(`${name}-proxy`, opened, options);
  }
  return {
    hosts: machines.map(
      (machine, index) =>
        new SshHost(`${config.role}-${index}`, {
          hostName: `${config.role}-${index}`,
          publicAddress: machine.publicAddress,
          privateAddress: machine.privateAddress,
          user: loginUser,
          port: 22,
          hostKey: machine.hostKey,
          privateKey: pulumi.secret(config.sshPrivateKey ?? ''),
          prepare: awaitCloudInit,
          registry: registry && loginOf(registry),
          bootSeconds,
        }),
    ),
    registry,
    loadBalancer,
    managedRedis:
      joined === undefined && config.redis === 'managed'
        ? new ManagedValkey(name, { region, vpcId: place.vpcId, tag: place.tag }, options)
        : undefined,
    dashboardUrl: undefined,
    neighbourhood: pulumi
      .output({ vpcId: place.vpcId, tag: place.tag, registry: registryName ?? '' })
      .apply((parts): Neighbourhood => ({ ...parts })),
  };
}

/** The registry's name when the stack names none: prod's own, for its canaries too. */
function registryOf(
  name: string,
  { registry }: StackConfig,
  joined: Neighbourhood | undefined,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> | undefined {
  if (registry !== undefined) return undefined;
  if (joined === undefined) return makeRegistry(name, options);
  return pulumi.output(offeredPart(joined, 'registry'));
}

/** Shows the droplets together in DigitalOcean's panel. */
function groupInProject(
  name: string,
  machines: readonly DropletMachine[],
  options: pulumi.CustomResourceOptions,
): digitalocean.Project {
  const resources = machines.map(({ dropletUrn }) => dropletUrn);
  return new digitalocean.Project(name, { purpose: 'Web Application', resources }, options);
}
