import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import type { AwsEngine } from './aws-engine.ts';

/** List of an answer, its call, and the member of each element that names it. */
const lists: readonly (readonly [list: string, operation: string, member: string])[] = [
  ['Vpcs', 'ec2:DescribeVpcs', 'VpcId'],
  ['SecurityGroups', 'ec2:DescribeSecurityGroups', 'GroupName'],
  ['Subnets', 'ec2:DescribeSubnets', 'SubnetId'],
  ['InternetGateways', 'ec2:DescribeInternetGateways', 'InternetGatewayId'],
  ['RouteTables', 'ec2:DescribeRouteTables', 'RouteTableId'],
  ['Addresses', 'ec2:DescribeAddresses', 'AllocationId'],
  ['Roles', 'iam:ListRoles', 'RoleName'],
  ['InstanceProfiles', 'iam:ListInstanceProfiles', 'InstanceProfileName'],
  ['repositories', 'ecr:DescribeRepositories', 'repositoryName'],
  ['LoadBalancers', 'elbv2:DescribeLoadBalancers', 'LoadBalancerName'],
  ['TargetGroups', 'elbv2:DescribeTargetGroups', 'TargetGroupName'],
  ['CertificateSummaryList', 'acm:ListCertificates', 'DomainName'],
  ['ReplicationGroups', 'elasticache:DescribeReplicationGroups', 'ReplicationGroupId'],
  ['CacheSubnetGroups', 'elasticache:DescribeCacheSubnetGroups', 'CacheSubnetGroupName'],
  ['Topics', 'sns:ListTopics', 'TopicArn'],
  ['Subscriptions', 'sns:ListSubscriptions', 'SubscriptionArn'],
  ['MetricAlarms', 'cloudwatch:DescribeAlarms', 'AlarmName'],
  ['DashboardEntries', 'cloudwatch:ListDashboards', 'DashboardName'],
  ['EmailIdentities', 'sesv2:ListEmailIdentities', 'IdentityName'],
];

/** Everything in an account that a stack may leave behind, `LIST NAME`, in the order of names. */
export async function inventory(account: AwsEngine): Promise<string[]> {
  const found: string[] = [];
  for (const [list, operation, member] of lists) {
    const answer = await account.call(operation);
    for (const entry of answer[list] as Properties[])
      found.push(`${list} ${String(entry[member])}`);
  }
  const reservations = (await account.call('ec2:DescribeInstances'))['Reservations'] as {
    Instances: { InstanceId: string; State: { Name: string } }[];
  }[];
  const running = reservations
    .flatMap(({ Instances }) => Instances)
    .filter(({ State }) => State.Name !== 'terminated');
  return [...found, ...running.map(({ InstanceId }) => `Instances ${InstanceId}`)].toSorted();
}
