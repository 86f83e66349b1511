import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { memberPorts, metricsPorts } from '../../../runtime/contract/ports.ts';

export interface HostFirewallArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly sshCidrs: readonly string[];
  readonly redisPort: number;
  /** First port of metrics. Undefined: none. */
  readonly metricsPort: number | undefined;
  /** Addresses of the VPC, which may read the metrics. */
  readonly vpcCidr: string;
}

/**
 * Opens ssh to the configured networks, members and Redis to the hosts of the service only, and
 * metrics to the VPC.
 */
export class HostFirewall extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;

  constructor(name: string, args: HostFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:aws:HostFirewall', name, {}, opts);
    const inside = { parent: this };
    // Another description would replace the group.
    const description =
      'Hosts of a Perch service: ssh from known networks, members and Redis from one another';
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.vpcId, description, tags: { Name: name } },
      inside,
    );
    const securityGroupId = group.id;
    for (const cidr of args.sshCidrs) {
      ingress(`${name}-ssh-${cidr}`, { securityGroupId, ...from(cidr), ...ports(22) }, inside);
    }
    const oneAnother = { securityGroupId, referencedSecurityGroupId: group.id };
    ingress(
      `${name}-members`,
      { ...oneAnother, ...ports(memberPorts.first, memberPorts.last) },
      inside,
    );
    ingress(`${name}-redis`, { ...oneAnother, ...ports(args.redisPort) }, inside);
    if (args.metricsPort !== undefined) {
      const range = ports(args.metricsPort, args.metricsPort + metricsPorts.count - 1);
      ingress(`${name}-metrics`, { securityGroupId, ...from(args.vpcCidr), ...range }, inside);
    }
    // The provider removes the rule that AWS makes with each group, which lets everything out.
    const out = { securityGroupId, cidrIpv4: '0.0.0.0/0', ipProtocol: '-1' };
    this.groupId = new aws.vpc.SecurityGroupEgressRule(`${name}-out`, out, inside).securityGroupId;
    this.registerOutputs({ groupId: this.groupId });
  }
}

export interface IngressGroupArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly ports: readonly number[];
  /** `everyone`, or the only security group that may connect. */
  readonly from: 'everyone' | pulumi.Output<string>;
  /** Another description replaces the group. */
  readonly description: string;
}

/** Makes a security group that lets clients in, and nothing out but answers. */
export function ingressGroup(
  name: string,
  args: IngressGroupArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { vpcId, description } = args;
  const group = new aws.ec2.SecurityGroup(name, { vpcId, description, tags: { Name: name } }, opts);
  const securityGroupId = group.id;
  const sources =
    args.from === 'everyone'
      ? [{ cidrIpv4: '0.0.0.0/0' }, { cidrIpv6: '::/0' }]
      : [{ referencedSecurityGroupId: args.from }];
  for (const port of args.ports) {
    for (const [index, source] of sources.entries()) {
      ingress(`${name}-${port}-${index}`, { securityGroupId, ...source, ...ports(port) }, opts);
    }
  }
  return securityGroupId;
}

export interface EgressArgs {
  readonly from: pulumi.Input<string>;
  readonly to: pulumi.Input<string>;
  readonly port: number;
}

/** Lets the members of one security group connect to those of another. */
export function egress(
  name: string,
  { from, to, port }: EgressArgs,
  opts: pulumi.CustomResourceOptions,
): aws.vpc.SecurityGroupEgressRule {
  const sides = { securityGroupId: from, referencedSecurityGroupId: to };
  return new aws.vpc.SecurityGroupEgressRule(
    name,
    { ...sides, ...ports(port), ipProtocol: 'tcp' },
    opts,
  );
}

function ingress(
  name: string,
  rule: Omit<aws.vpc.SecurityGroupIngressRuleArgs, 'ipProtocol'>,
  opts: pulumi.CustomResourceOptions,
): aws.vpc.SecurityGroupIngressRule {
  return new aws.vpc.SecurityGroupIngressRule(
    name,
    { ...rule, ipProtocol: 'tcp' },
    // A rule keeps its kind of source: a network does not become a group in place.
    { ...opts, replaceOnChanges: ['cidrIpv4', 'cidrIpv6', 'referencedSecurityGroupId'] },
  );
}

function ports(first: number, last = first): { fromPort: number; toPort: number } {
  return { fromPort: first, toPort: last };
}

function from(cidr: string): { cidrIpv4: string } | { cidrIpv6: string } {
  return cidr.includes(':') ? { cidrIpv6: cidr } : { cidrIpv4: cidr };
}
