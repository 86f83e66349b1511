import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { memberPorts } from '../../../runtime/contract/ports.ts';

export interface FirewallSettings {
  readonly vpcId: pulumi.Input<string>;
  readonly sshCidrs: readonly string[];
  readonly redisPort: number;
}

/** Who reaches a host: ssh from the configured networks, the rest only the hosts of the service. */
export class HostFirewall extends pulumi.ComponentResource {
  readonly groupId: pulumi.Output<string>;

  constructor(name: string, settings: FirewallSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:aws:HostFirewall', name, {}, options);
    const inside = { parent: this };
    const description =
      'Hosts of a Perch service: ssh from known networks, members and Redis from one another';
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: settings.vpcId, description, tags: { Name: name } },
      inside,
    );
    const securityGroupId = group.id;
    for (const cidr of settings.sshCidrs) {
      ingress(`${name}-ssh-${cidr}`, { securityGroupId, ...from(cidr), ...ports(22) }, inside);
    }
    const oneAnother = { securityGroupId, referencedSecurityGroupId: group.id };
    ingress(
      `${name}-members`,
      { ...oneAnother, ...ports(memberPorts.first, memberPorts.last) },
      inside,
    );
    ingress(`${name}-redis`, { ...oneAnother, ...ports(settings.redisPort) }, inside);
    const out = { securityGroupId, cidrIpv4: '0.0.0.0/0', ipProtocol: '-1' };
    this.groupId = new aws.vpc.SecurityGroupEgressRule(`${name}-out`, out, inside).securityGroupId;
    this.registerOutputs({ groupId: this.groupId });
  }
}

export interface DoorSettings {
  readonly vpcId: pulumi.Input<string>;
  readonly ports: readonly number[];
  /** `world`, or the one security group that may come in. */
  readonly from: 'world' | pulumi.Output<string>;
  readonly description: string;
}

/** A security group that lets clients in. */
export function door(
  name: string,
  settings: DoorSettings,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { vpcId, description } = settings;
  const group = new aws.ec2.SecurityGroup(
    name,
    { vpcId, description, tags: { Name: name } },
    options,
  );
  const securityGroupId = group.id;
  const sources =
    settings.from === 'world'
      ? [{ cidrIpv4: '0.0.0.0/0' }, { cidrIpv6: '::/0' }]
      : [{ referencedSecurityGroupId: settings.from }];
  for (const port of settings.ports) {
    for (const [index, source] of sources.entries()) {
      ingress(`${name}-${port}-${index}`, { securityGroupId, ...source, ...ports(port) }, options);
    }
  }
  return securityGroupId;
}

function ingress(
  name: string,
  rule: Omit<aws.vpc.SecurityGroupIngressRuleArgs, 'ipProtocol'>,
  options: pulumi.CustomResourceOptions,
): aws.vpc.SecurityGroupIngressRule {
  return new aws.vpc.SecurityGroupIngressRule(name, { ...rule, ipProtocol: 'tcp' }, options);
}

function ports(first: number, last = first): { fromPort: number; toPort: number } {
  return { fromPort: first, toPort: last };
}

function from(cidr: string): { cidrIpv4: string } | { cidrIpv6: string } {
  return cidr.includes(':') ? { cidrIpv6: cidr } : { cidrIpv4: cidr };
}
