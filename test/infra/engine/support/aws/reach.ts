/** Connections that the security groups of an account let through. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import type { AwsEngine } from './aws-engine.ts';

interface Rule {
  readonly GroupId: string;
  readonly IsEgress: boolean;
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly CidrIpv4?: string;
  readonly ReferencedGroupInfo?: { readonly GroupId: string };
}

/** Ids of security groups, or any address of the internet. */
type Side = readonly string[] | 'everyone';

/** The rules of every security group in the account. */
export class SecurityRules {
  readonly #rules: readonly Rule[];

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  static async read(account: AwsEngine): Promise<SecurityRules> {
    const found = await account.call('ec2:DescribeSecurityGroupRules');
    return new SecurityRules(found['SecurityGroupRules'] as Rule[]);
  }

  /** True if the source may send and the target may receive. */
  allow(from: Side, to: Side, port: number): boolean {
    return this.#lets(from, to, port, true) && this.#lets(to, from, port, false);
  }

  #lets(own: Side, other: Side, port: number, isEgress: boolean): boolean {
    if (own === 'everyone') return true;
    return this.#rules.some(
      (rule) =>
        rule.IsEgress === isEgress &&
        own.includes(rule.GroupId) &&
        takes(rule, port) &&
        meets(rule, other),
    );
  }
}

function takes({ IpProtocol, FromPort = 0, ToPort = 65_535 }: Rule, port: number): boolean {
  return IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= port && port <= ToPort);
}

function meets({ CidrIpv4, ReferencedGroupInfo }: Rule, other: Side): boolean {
  if (CidrIpv4 === '0.0.0.0/0') return true;
  return other !== 'everyone' && other.includes(ReferencedGroupInfo?.GroupId ?? '');
}

/** The ids of the security groups of each running instance, by its name. */
export async function machineGroups(account: AwsEngine): Promise<ReadonlyMap<string, string[]>> {
  const Filters = [{ Name: 'instance-state-name', Values: ['running'] }];
  const found = await account.call('ec2:DescribeInstances', { Filters });
  const instances = (found['Reservations'] as { Instances: Instance[] }[]).flatMap(
    ({ Instances }) => Instances,
  );
  return new Map(
    instances.map(({ Tags, NetworkInterfaces }) => [
      Tags.find(({ Key }) => Key === 'Name')?.Value ?? '',
      NetworkInterfaces.flatMap(({ Groups }) => Groups.map(({ GroupId }) => GroupId)),
    ]),
  );
}

interface Instance {
  readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly NetworkInterfaces: readonly {
    readonly Groups: readonly { readonly GroupId: string }[];
  }[];
}

/** The ids of the security groups of the only load balancer. */
export async function balancerGroups(account: AwsEngine): Promise<string[]> {
  const { LoadBalancers } = await account.call('elbv2:DescribeLoadBalancers');
  const [balancer] = LoadBalancers as Properties[];
  return (balancer?.['SecurityGroups'] ?? []) as string[];
}

/** The ids of the security groups with this description. */
export async function groupsDescribed(account: AwsEngine, text: string): Promise<string[]> {
  const Filters = [{ Name: 'description', Values: [text] }];
  const { SecurityGroups } = await account.call('ec2:DescribeSecurityGroups', { Filters });
  return (SecurityGroups as { GroupId: string }[]).map(({ GroupId }) => GroupId);
}
