/**
 * Bounds of the names that cloud resources get from a service's name, each with its source: an API
 * refuses what breaks them after it made half of the stack. Pure.
 */

/** Parts of a stack's configuration that decide which names its resources get. */
export interface NamedStack {
  readonly service: string;
  readonly role: string;
  readonly hostCount: number;
  /** True if a load balancer stands in front of the proxies. */
  readonly isBalanced: boolean;
  readonly hasManagedRedis: boolean;
  /** True if the members have a role of their own. */
  readonly hasAppRole: boolean;
  /** True if the stack makes a registry of its own. */
  readonly makesRegistry: boolean;
}

export interface NameBound {
  /** Resource as messages call it. */
  readonly resource: string;
  /** Pulumi's type token. */
  readonly type: string;
  /** Property that has the name. Default: `name`. */
  readonly property?: string;
  /** Names that the stack gives to resources of this type. */
  readonly names: (stack: NamedStack) => readonly string[];
  /** Most characters. Undefined: the API documents none. */
  readonly longest: number | undefined;
  readonly pattern: RegExp;
  /** Rule of the pattern for the service's name, as in "service must ...". */
  readonly rule: string;
  /** API documentation of `longest` and `pattern`. */
  readonly source: string;
}

/** Prefix of a stack's resources. */
const prefix = ({ service, role }: NamedStack) => `${service}-${role}`;

/**
 * Pulumi appends a dash and seven hexadecimal digits
 * (https://www.pulumi.com/docs/iac/concepts/resources/names/), and so does Perch where Pulumi does not.
 */
const auto = (name: string) => `${name}-1234567`;

const joins = ({ role }: NamedStack) => role === 'canary';

const lowercase = 'contain only lowercase letters, digits and dashes';

const aws = 'https://docs.aws.amazon.com';

const awsBounds: readonly NameBound[] = [
  {
    resource: 'an IAM role',
    type: 'aws:iam/role:Role',
    names: (stack) => [
      auto(prefix(stack)),
      ...(stack.hasAppRole ? [auto(`${prefix(stack)}-app`)] : []),
    ],
    longest: 64,
    pattern: /^[\w+=,.@-]+$/,
    rule: lowercase,
    source: `${aws}/IAM/latest/APIReference/API_CreateRole.html`,
  },
  {
    resource: 'the policy of an IAM role',
    type: 'aws:iam/rolePolicy:RolePolicy',
    names: (stack) => [auto(prefix(stack))],
    longest: 128,
    pattern: /^[\w+=,.@-]+$/,
    rule: lowercase,
    source: `${aws}/IAM/latest/APIReference/API_PutRolePolicy.html`,
  },
  {
    resource: 'an instance profile',
    type: 'aws:iam/instanceProfile:InstanceProfile',
    names: (stack) => [auto(prefix(stack))],
    longest: 128,
    pattern: /^[\w+=,.@-]+$/,
    rule: lowercase,
    source: `${aws}/IAM/latest/APIReference/API_CreateInstanceProfile.html`,
  },
  {
    resource: 'a security group',
    type: 'aws:ec2/securityGroup:SecurityGroup',
    names: (stack) =>
      joins(stack)
        ? []
        : [
            auto(prefix(stack)),
            auto(`${prefix(stack)}-proxy`),
            ...(stack.isBalanced ? [auto(`${prefix(stack)}-balancer`)] : []),
          ],
    longest: 255,
    pattern: /^(?!sg-)[\w .\-:/()#,@[\]+=&;{}!$*]+$/,
    rule: 'not be sg and not begin with sg-',
    source: `${aws}/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html`,
  },
  {
    resource: 'a load balancer',
    type: 'aws:lb/loadBalancer:LoadBalancer',
    names: (stack) => (!joins(stack) && stack.isBalanced ? [auto(prefix(stack))] : []),
    longest: 32,
    pattern: /^(?!internal-)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    rule: 'not be internal and not begin with internal-',
    source: `${aws}/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html`,
  },
  {
    resource: 'a target group',
    type: 'aws:lb/targetGroup:TargetGroup',
    names: (stack) => (!joins(stack) && stack.isBalanced ? [auto(prefix(stack))] : []),
    longest: 32,
    pattern: /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
    rule: lowercase,
    source: `${aws}/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html`,
  },
  {
    resource: 'managed Redis',
    type: 'aws:elasticache/replicationGroup:ReplicationGroup',
    property: 'replicationGroupId',
    names: (stack) => (!joins(stack) && stack.hasManagedRedis ? [auto(prefix(stack))] : []),
    longest: 40,
    pattern: /^[a-zA-Z](-?[a-zA-Z0-9])*$/,
    rule: 'begin with a letter and have no two dashes in a row',
    source: `${aws}/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html`,
  },
  {
    resource: 'the subnets of managed Redis',
    type: 'aws:elasticache/subnetGroup:SubnetGroup',
    names: (stack) => (!joins(stack) && stack.hasManagedRedis ? [auto(prefix(stack))] : []),
    longest: 255,
    pattern: /^[a-zA-Z0-9-]+$/,
    rule: lowercase,
    source: `${aws}/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html`,
  },
  {
    resource: 'the parameters of managed Redis',
    type: 'aws:elasticache/parameterGroup:ParameterGroup',
    names: (stack) => (!joins(stack) && stack.hasManagedRedis ? [auto(prefix(stack))] : []),
    longest: 255,
    pattern: /^[a-zA-Z](-?[a-zA-Z0-9])*$/,
    rule: 'begin with a letter and have no two dashes in a row',
    source: `${aws}/AmazonElastiCache/latest/dg/ParameterGroups.Creating.html`,
  },
  {
    resource: 'an SNS topic',
    type: 'aws:sns/topic:Topic',
    names: (stack) => [auto(prefix(stack))],
    longest: 256,
    pattern: /^[\w-]+$/,
    rule: lowercase,
    source: `${aws}/sns/latest/api/API_CreateTopic.html`,
  },
  {
    resource: 'a dashboard',
    type: 'aws:cloudwatch/dashboard:Dashboard',
    property: 'dashboardName',
    names: (stack) => [auto(`${prefix(stack)}-hosts`)],
    longest: 255,
    pattern: /^[\w-]+$/,
    rule: lowercase,
    source: `${aws}/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html`,
  },
  {
    resource: 'an alarm',
    type: 'aws:cloudwatch/metricAlarm:MetricAlarm',
    names: (stack) => [
      ...['unjudged', 'channel-failing'].map((name) => auto(`${stack.service}-${name}`)),
      ...Array.from({ length: stack.hostCount }, (_, index) =>
        ['disk', 'memory', 'cpu', 'status'].map((name) =>
          auto(`${prefix(stack)}-${index}-${name}`),
        ),
      ).flat(),
    ],
    longest: 255,
    pattern: /^[^\p{Cc}]+$/u,
    rule: lowercase,
    source: `${aws}/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html`,
  },
  {
    resource: 'a repository',
    type: 'aws:ecr/repository:Repository',
    names: (stack) =>
      stack.makesRegistry && !joins(stack)
        ? ['perch', stack.service].map((repository) => `${auto(prefix(stack))}/${repository}`)
        : [],
    longest: 256,
    pattern: /^[a-z0-9]+([._-][a-z0-9]+)*(\/[a-z0-9]+([._-][a-z0-9]+)*)*$/,
    rule: 'have no two dashes in a row',
    source: `${aws}/AmazonECR/latest/APIReference/API_CreateRepository.html`,
  },
];

const digitalocean = 'https://docs.digitalocean.com/reference/api/digitalocean/#tag';

const digitaloceanBounds: readonly NameBound[] = [
  {
    resource: 'a droplet',
    type: 'digitalocean:index/droplet:Droplet',
    names: (stack) =>
      Array.from({ length: stack.hostCount }, (_, index) => auto(`${prefix(stack)}-${index}`)),
    longest: 255,
    pattern: /^[a-zA-Z0-9]?[a-z0-9A-Z.-]*[a-z0-9A-Z]$/,
    rule: lowercase,
    source: `${digitalocean}/Droplets/operation/droplets_create`,
  },
  {
    resource: 'a tag',
    type: 'digitalocean:index/tag:Tag',
    names: (stack) => (joins(stack) ? [] : [`perch-${stack.service}`]),
    longest: 255,
    pattern: /^[\w:-]+$/,
    rule: lowercase,
    source: `${digitalocean}/Tags/operation/tags_create`,
  },
  {
    resource: 'a VPC',
    type: 'digitalocean:index/vpc:Vpc',
    names: (stack) => (joins(stack) ? [] : [auto(prefix(stack))]),
    longest: undefined,
    pattern: /^[a-zA-Z0-9.-]+$/,
    rule: lowercase,
    source: `${digitalocean}/VPCs/operation/vpcs_create`,
  },
  {
    resource: 'a firewall',
    type: 'digitalocean:index/firewall:Firewall',
    names: (stack) => (joins(stack) ? [] : [auto(prefix(stack)), auto(`${prefix(stack)}-proxy`)]),
    longest: undefined,
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9.-]+$/,
    rule: lowercase,
    source: `${digitalocean}/Firewalls/operation/firewalls_create`,
  },
  {
    resource: 'a registry',
    type: 'digitalocean:index/containerRegistry:ContainerRegistry',
    names: (stack) => (stack.makesRegistry && !joins(stack) ? [auto(prefix(stack))] : []),
    longest: 63,
    pattern: /^[a-z0-9-]+$/,
    rule: lowercase,
    source: `${digitalocean}/Container-Registry/operation/registry_create`,
  },
  {
    resource: 'a project',
    type: 'digitalocean:index/project:Project',
    names: (stack) => [auto(prefix(stack))],
    longest: 175,
    pattern: /./,
    rule: lowercase,
    source: `${digitalocean}/Projects/operation/projects_create`,
  },
];

/** Bounds of each target that names resources after the service. */
export const nameBounds = { aws: awsBounds, digitalocean: digitaloceanBounds } as const;

/** Problems of a service's name, as in "service must ...", one for each rule that it breaks. */
export function nameProblems(target: keyof typeof nameBounds, stack: NamedStack): string[] {
  const { service } = stack;
  if (!/^[a-z0-9-]*$/.test(service)) {
    return [`must ${lowercase} on target ${target}, because it names resources, got ${service}`];
  }
  const bounds = nameBounds[target].filter((bound) => bound.names(stack).length > 0);
  const broken = bounds.filter((bound) =>
    bound.names(stack).some((name) => !bound.pattern.test(name)),
  );
  const rules = broken
    .filter(({ rule }, index) => broken.findIndex((bound) => bound.rule === rule) === index)
    .map(
      ({ rule, resource }) =>
        `must ${rule} on target ${target}, because it names ${resource}, got ${service}`,
    );
  const [tightest] = bounds
    .map((bound) => ({ ...bound, most: longestService(bound, stack) }))
    .toSorted((one, other) => one.most - other.most);
  return tightest === undefined || service.length <= tightest.most
    ? rules
    : [
        ...rules,
        `must be at most ${tightest.most} characters on target ${target}, because it names ${tightest.resource}, got ${service.length}`,
      ];
}

/** Most characters of a service's name with which all names of the stack fit. */
function longestService({ names, longest = Infinity }: NameBound, stack: NamedStack): number {
  const fits = (length: number) =>
    names({ ...stack, service: 'a'.repeat(length) }).every((name) => name.length <= longest);
  let length = longestName;
  while (length > 0 && !fits(length)) length -= 1;
  return length;
}

/** The rule for all names allows this many characters. */
const longestName = 63;
