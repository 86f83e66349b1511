import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { cloudwatchNamespace } from '../../../runtime/contract/cloudwatch.ts';
import { cloudHost } from '../../hosts/cloud-host.ts';
import type { SshHost } from '../../hosts/ssh-host.ts';
import { pluginLogins, type Registry } from '../../images/registry.ts';
import type { RedisAccess } from '../../services/redis.ts';
import { prodNetworkPart, type ProdNetwork } from '../prod-network.ts';
import { warnOfSizes } from '../size-drift.ts';
import type { CloudTargetArgs, LoadBalancer, Target } from '../target.ts';
import type { Thresholds } from './alarm-rules.ts';
import { AwsAlerting } from './alerting.ts';
import { clientAccess, type ClientAccess } from './client-access.ts';
import { AwsLoadBalancer } from './load-balancer.ts';
import { AwsMachine } from './machine.ts';
import { ElastiCacheRedis } from './managed-redis.ts';
import type { HostPermissions } from './policy.ts';
import { ecrRegistry, EcrRepositories, loggedIn } from './registry.ts';
import { hostRoles } from './role.ts';
import {
  joinSharedNetwork,
  makeSharedNetwork,
  sharedNetworkParts,
  vpcCidr,
  type AwsSharedNetwork,
} from './shared-network.ts';

export interface AwsTargetArgs extends CloudTargetArgs {
  /** Time limit for open requests of a proxy that leaves the load balancer, seconds. */
  readonly drainTimeoutSeconds: number;
  /** Tags of every resource, name to value. */
  readonly tags: Readonly<Record<string, string>>;
  /** Policies of the members' own role. Empty: they have none. */
  readonly appPolicyArns: readonly string[];
  /** Sender of alert emails. Undefined: no emails. */
  readonly alertFrom: string | undefined;
  readonly alertTo: readonly string[];
  readonly smsNumbers: readonly string[];
  /** Monitor rules that differ from the defaults. */
  readonly thresholds: Thresholds;
  /** True if monitors read CloudWatch alarms. */
  readonly readsAlarms: boolean;
}

/** Target `aws`: EC2 instances with network, registry, alarms and, if needed, a load balancer. */
export class AwsTarget extends pulumi.ComponentResource implements Target {
  readonly hosts: readonly SshHost[];
  readonly registry: Registry | undefined;
  readonly managedRedis: RedisAccess | undefined;
  readonly loadBalancer: LoadBalancer | undefined;
  readonly prodNetwork: pulumi.Output<ProdNetwork>;
  readonly dashboardUrl: pulumi.Output<string>;
  readonly appRoleArn: pulumi.Output<string> | undefined;
  readonly #alerting: AwsAlerting;

  constructor(name: string, args: AwsTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    const aliases = [{ type: 'perch:aws:Site' }];
    super('perch:aws:Target', name, {}, pulumi.mergeOptions(opts, { aliases }));
    const inside = { parent: this };
    const { prodNetwork, proxyCount, size, isBalanced, httpsPort } = args;
    const network =
      prodNetwork === undefined
        ? makeSharedNetwork(name, { ...args, sshCidrs: args.ssh.cidrs }, inside)
        : joinSharedNetwork(prodNetwork);
    const access =
      prodNetwork === undefined
        ? clientAccess(
            name,
            { vpcId: network.vpcId, proxyPort: args.proxyPort, httpsPort, isBalanced },
            inside,
          )
        : undefined;
    const ecr = repositories(name, args, inside);
    this.registry = ecr ? ecrRegistry(ecr.address, inside) : loggedIn(args.registry, inside);
    const hostName = (index: number) => `${args.role}-${index}`;
    const permissions = hostPermissions(args, ecr, inside);
    const { appPolicyArns } = args;
    const roles = hostRoles(name, { permissions, appPolicyArns }, inside);
    const { instanceProfile } = roles;
    this.appRoleArn = roles.appRoleArn;
    const machines = Array.from({ length: args.hostCount }, (_, index) => {
      const proxyGroups = access !== undefined && index < proxyCount ? [access.proxyGroupId] : [];
      return new AwsMachine(
        `${name}-${index}`,
        {
          size,
          maySizeChange: args.changedHost === hostName(index),
          subnetId: network.subnetIds.apply((ids) => ids[index % ids.length] ?? ''),
          securityGroupIds: [network.hostGroupId, ...proxyGroups],
          instanceProfile,
          authorizedKey: args.ssh.publicKey,
          fixedAddress: proxyGroups.length > 0 && !isBalanced,
        },
        inside,
      );
    });
    const login = {
      privateKey: args.ssh.privateKey,
      proxyJump: args.ssh.proxyJump,
      logins: pluginLogins(this.registry, args.pullLogins),
    };
    this.hosts = machines.map((machine, index) =>
      cloudHost(hostName(index), { machine, ...login }, this),
    );
    warnOfSizes(
      machines.map((machine, index) => ({ host: hostName(index), size: machine.size })),
      size,
    );
    this.#alerting = new AwsAlerting(
      name,
      {
        ...args,
        machines: machines.map(({ instanceId }, index) => ({
          host: hostName(index),
          instanceId,
        })),
      },
      inside,
    );
    this.dashboardUrl = this.#alerting.dashboardUrl;
    this.loadBalancer = loadBalancer(name, { args, network, access, machines }, inside);
    this.managedRedis =
      prodNetwork === undefined && args.managedRedis
        ? new ElastiCacheRedis(name, network, inside)
        : undefined;
    this.prodNetwork = pulumi
      .output({
        ...sharedNetworkParts(network),
        registry: ecr?.address ?? '',
        repositoryArns: ecr?.arns.apply((arns) => arns.join(',')) ?? '',
      })
      .apply((parts): ProdNetwork => ({ ...parts }));
    this.registerOutputs({ dashboardUrl: this.dashboardUrl });
  }

  watchMonitors(monitors: readonly pulumi.Resource[]): void {
    this.#alerting.makeAlarms(monitors);
  }
}

function loadBalancer(
  name: string,
  parts: {
    readonly args: AwsTargetArgs;
    readonly network: AwsSharedNetwork;
    readonly access: ClientAccess | undefined;
    readonly machines: readonly AwsMachine[];
  },
  opts: pulumi.ComponentResourceOptions,
): AwsLoadBalancer | undefined {
  const { args, network, access, machines } = parts;
  if (access?.balancerGroupId === undefined) return undefined;
  return new AwsLoadBalancer(
    name,
    {
      vpcId: network.vpcId,
      vpcCidr,
      subnetIds: network.subnetIds,
      groupId: access.balancerGroupId,
      instanceIds: machines.slice(0, args.proxyCount).map(({ instanceId }) => instanceId),
      proxyPort: args.proxyPort,
      healthPath: args.healthPath,
      drainTimeoutSeconds: args.drainTimeoutSeconds,
      hosts: args.balancedHosts,
      dnsZone: args.dnsZone,
    },
    opts,
  );
}

type Repositories = Pick<EcrRepositories, 'address' | 'arns'>;

/** The repositories of the prod stack, for its canaries too. Undefined: the stack names a registry. */
function repositories(
  name: string,
  { registry, service, prodNetwork }: AwsTargetArgs,
  opts: pulumi.ComponentResourceOptions,
): Repositories | undefined {
  if (registry !== undefined) return undefined;
  if (prodNetwork === undefined) {
    return new EcrRepositories(name, { repositories: ['perch', service] }, opts);
  }
  return {
    address: pulumi.output(prodNetworkPart(prodNetwork, 'registry')),
    arns: pulumi.output(prodNetworkPart(prodNetwork, 'repositoryArns').split(',')),
  };
}

function hostPermissions(
  { region, alertFrom, smsNumbers, readsAlarms }: AwsTargetArgs,
  ecr: Repositories | undefined,
  opts: pulumi.InvokeOptions,
): pulumi.Output<HostPermissions> {
  const { accountId } = aws.getCallerIdentityOutput({}, opts);
  return pulumi.output({
    region,
    accountId,
    metricNamespace: cloudwatchNamespace,
    alertFrom,
    sendsSms: smsNumbers.length > 0,
    readsAlarms,
    repositoryArns: ecr?.arns ?? [],
  });
}
