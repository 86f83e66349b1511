/** EC2: security groups and their rules. */
import { capitalize, type Inputs } from './inputs.ts';
import { only, type Aws, type AwsResource } from './aws-resource.ts';
import { tagged } from './network.ts';

const securityGroup: AwsResource = {
  named: { key: 'name', longest: 255 },
  fixed: ['name', 'description', 'vpcId'],
  async create(aws, inputs) {
    const made = await aws.call('ec2:CreateSecurityGroup', {
      GroupName: inputs.must('name'),
      ...inputs.capitalized('description', 'vpcId'),
      ...tagged(aws, inputs, 'security-group'),
    });
    const { GroupId } = made as { GroupId: string };
    // AWS makes a group with a rule that lets everything out. The real provider removes it.
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await aws.call('ec2:RevokeSecurityGroupEgress', { GroupId, IpPermissions: [everything] });
    return GroupId;
  },
  async read(aws, id) {
    const found = await aws.call('ec2:DescribeSecurityGroups', { GroupIds: [id] });
    only(found, 'SecurityGroups');
    return {};
  },
  async delete(aws, id) {
    await aws.call('ec2:DeleteSecurityGroup', { GroupId: id });
  },
};

const ruleOf = (way: 'ingress' | 'egress'): AwsResource => ({
  fixed: ['securityGroupId'],
  async create(aws, inputs) {
    const made = await aws.call(`ec2:AuthorizeSecurityGroup${capitalize(way)}`, {
      GroupId: inputs.must('securityGroupId'),
      IpPermissions: [permission(inputs)],
      ...tagged(aws, inputs, 'security-group-rule'),
    });
    return String(only(made, 'SecurityGroupRules')['SecurityGroupRuleId']);
  },
  async read(aws, id) {
    await rule(aws, id);
    return {};
  },
  async delete(aws, id, { securityGroupId }) {
    await rule(aws, id);
    await aws.call(`ec2:RevokeSecurityGroup${capitalize(way)}`, {
      GroupId: securityGroupId,
      SecurityGroupRuleIds: [id],
    });
  },
});

function permission(inputs: Inputs) {
  const ipv4 = inputs.may('cidrIpv4');
  const ipv6 = inputs.may('cidrIpv6');
  const group = inputs.may('referencedSecurityGroupId');
  return {
    ...inputs.capitalized('ipProtocol', 'fromPort', 'toPort'),
    ...(ipv4 !== undefined && { IpRanges: [{ CidrIp: ipv4 }] }),
    ...(ipv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6: ipv6 }] }),
    ...(group !== undefined && { UserIdGroupPairs: [{ GroupId: group }] }),
  };
}

async function rule(aws: Aws, id: string) {
  const found = await aws.call('ec2:DescribeSecurityGroupRules', { SecurityGroupRuleIds: [id] });
  return only(found, 'SecurityGroupRules');
}

export const securityGroups: Record<string, AwsResource> = {
  'aws:ec2/securityGroup:SecurityGroup': securityGroup,
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ruleOf('ingress'),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': ruleOf('egress'),
};
