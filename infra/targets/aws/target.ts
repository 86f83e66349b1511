import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { cloudwatchNamespace } from '../../../runtime/contract/cloudwatch.ts';
import type { StackConfig } from '../../config/stack-config.ts';
import { AwsAlerting } from './alerting.ts';
import { awaitCloudInit, loginUser } from '../../hosts/cloud-init.ts';
import { offeredPart, type Neighbourhood } from '../prod-network.ts';
import { configuredRegistry, loginOf } from '../../images/registry.ts';
import type { Site } from '../target.ts';
import { SshHost } from '../../hosts/ssh-host.ts';
import { openDoors } from './client-access.ts';
import { AwsLoadBalancer } from './load-balancer.ts';
import { Machine } from './machine.ts';
import { ElastiCacheRedis } from './managed-redis.ts';
import { joinPlace, makePlace, offerPlace, vpcCidr } from './shared-network.ts';
import type { PolicySettings } from './policy.ts';
import { ecrRegistry, EcrRepositories } from './registry.ts';
import { hostProfile } from './role.ts';

const defaultSize = 't3.small';
const bootSeconds = 300;

/**
 * EC2 instances and what stands around them.
 * @param joined where the prod stack's hosts stand, on a canary stack.
 */
export function awsSite(config: StackConfig, joined: Neighbourhood | undefined): Site {
  const name = `${config.service}-${config.role}`;
  const { region = '', proxyCount, httpPort, domain } = config;
  const provider = new aws.Provider('aws', {
    region: knownRegion(region),
    defaultTags: { tags: { service: config.service, ...config.tags } },
  });
  const around = new pulumi.ComponentResource(
    'perch:aws:Site',
    name,
    {},
    { providers: [provider] },
  );
  const options = { parent: around };
  const place = joined === undefined ? makePlace(name, config, options) : joinPlace(joined);
  const isBalanced = proxyCount > 1 || domain !== undefined;
  const doors =
    joined === undefined
      ? openDoors(name, { vpcId: place.vpcId, proxyPort: httpPort, isBalanced }, options)
      : undefined;
  const ecr = repositories(name, config, joined, options);
  const registry = ecr ? ecrRegistry(ecr.address, options) : configuredRegistry(config);
  const instanceProfile = hostProfile(name, policySettings(config, ecr, options), options);
  const machines = Array.from({ length: config.hostCount }, (_, index) => {
    const proxyGroups = doors !== undefined && index < proxyCount ? [doors.proxyGroupId] : [];
    return new Machine(
      `${name}-${index}`,
      {
        size: config.size ?? defaultSize,
        subnetId: place.subnetIds.apply((ids) => ids[index % ids.length] ?? ''),
        securityGroupIds: [place.hostGroupId, ...proxyGroups],
        instanceProfile,
        authorizedKey: config.sshPublicKey ?? '',
        fixedAddress: proxyGroups.length > 0 && !isBalanced,
      },
      options,
    );
  });
  const hosts = machines.map(
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
  );
  const watched = machines.map(({ instanceId }, index) => ({
    host: `${config.role}-${index}`,
    instanceId,
  }));
  const { dashboardUrl } = new AwsAlerting(name, config, watched, options);
  const loadBalancer =
    doors?.balancerGroupId === undefined
      ? undefined
      : new AwsLoadBalancer(
          name,
          {
            vpcId: place.vpcId,
            vpcCidr,
            subnetIds: place.subnetIds,
            groupId: doors.balancerGroupId,
            instanceIds: machines.slice(0, proxyCount).map(({ instanceId }) => instanceId),
            proxyPort: httpPort,
            healthPath: config.healthPath,
            drainTimeoutSeconds: config.drainTimeoutSeconds,
            domain,
            dnsZone: config.dnsZone,
          },
          options,
        );
  const managedRedis =
    joined === undefined && config.redis === 'managed'
      ? new ElastiCacheRedis(name, place, options)
      : undefined;
  const neighbourhood = pulumi
    .output({
      ...offerPlace(place),
      registry: ecr?.address ?? '',
      repositoryArns: ecr?.arns.apply((arns) => arns.join(',')) ?? '',
    })
    .apply((parts): Neighbourhood => ({ ...parts }));
  return { hosts, registry, managedRedis, loadBalancer, neighbourhood, dashboardUrl };
}

type Repositories = Pick<EcrRepositories, 'address' | 'arns'>;

/** Where images go when the stack names no registry: prod's own repositories, for its canaries too. */
function repositories(
  name: string,
  { registry, service }: StackConfig,
  joined: Neighbourhood | undefined,
  options: pulumi.ComponentResourceOptions,
): Repositories | undefined {
  if (registry !== undefined) return undefined;
  if (joined === undefined) return new EcrRepositories(name, ['perch', service], options);
  return {
    address: pulumi.output(offeredPart(joined, 'registry')),
    arns: pulumi.output(offeredPart(joined, 'repositoryArns').split(',')),
  };
}

function policySettings(
  { region = '', alertFrom, smsNumbers }: StackConfig,
  ecr: Repositories | undefined,
  options: pulumi.InvokeOptions,
): pulumi.Output<PolicySettings> {
  const { accountId } = aws.getCallerIdentityOutput({}, options);
  return pulumi.output({
    region,
    accountId,
    metricNamespace: cloudwatchNamespace,
    alertFrom,
    sendsSms: smsNumbers.length > 0,
    repositoryArns: ecr?.arns ?? [],
  });
}

function knownRegion(name: string): aws.Region {
  const known = Object.values(aws.Region).find((region) => region === name);
  if (known !== undefined) return known;
  throw new pulumi.RunError(`perch:region must be a region of AWS, got ${name}`);
}
