import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  nameBounds,
  type NameBound,
  type NamedStack,
} from '../../../infra/config/provider-bounds.ts';
import { targetArgs } from '../../../infra/stacks/target-args.ts';
import { makeTarget } from '../../../infra/targets/make-target.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

/** Types of resources without a name of their own in the cloud, or with none that depends on the service. */
const nameless: Readonly<Record<keyof typeof nameBounds, readonly string[]>> = {
  aws: [
    'aws:acm/certificate:Certificate',
    'aws:acm/certificateValidation:CertificateValidation',
    'aws:ec2/eip:Eip',
    'aws:ec2/instance:Instance',
    'aws:ec2/internetGateway:InternetGateway',
    'aws:ec2/routeTable:RouteTable',
    'aws:ec2/routeTableAssociation:RouteTableAssociation',
    'aws:ec2/subnet:Subnet',
    'aws:ec2/vpc:Vpc',
    'aws:ecr/lifecyclePolicy:LifecyclePolicy',
    'aws:lb/listener:Listener',
    'aws:lb/targetGroupAttachment:TargetGroupAttachment',
    'aws:route53/record:Record',
    'aws:sesv2/emailIdentity:EmailIdentity',
    'aws:sns/topicSubscription:TopicSubscription',
    'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
    'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
  ],
  digitalocean: [
    // The API documents no bounds of these names.
    'digitalocean:index/certificate:Certificate',
    'digitalocean:index/databaseCluster:DatabaseCluster',
    'digitalocean:index/loadBalancer:LoadBalancer',
    'digitalocean:index/sshKey:SshKey',
    'digitalocean:index/containerRegistryDockerCredentials:ContainerRegistryDockerCredentials',
    'digitalocean:index/databaseFirewall:DatabaseFirewall',
    'digitalocean:index/dnsRecord:DnsRecord',
    'digitalocean:index/reservedIp:ReservedIp',
  ],
};

/** Name that the resource gets in the cloud. */
function physicalName({ name, inputs }: MadeResource, { property = 'name' }: NameBound): string {
  const given = inputs[property];
  return typeof given === 'string'
    ? given.replace(/-[0-9a-f]{7}(?=$|\/)/, '-1234567')
    : `${name}-1234567`;
}

const plain = { proxyCount: 1, redis: 'container', domain: '', registry: '' };
const grown = { proxyCount: 2, redis: 'managed', domain: '', registry: '' };
const shapes = [plain, grown, { ...grown, registry: 'registry.perch.internal/shop' }];

type Target = keyof typeof nameBounds;

const region = { aws: 'eu-central-1', digitalocean: 'fra1' };
const settings = (target: Target, values: typeof plain & { service: string }) => ({
  ...valid.aws,
  target,
  region: region[target],
  ...values,
});

function namedStack(service: string, shape: typeof plain): NamedStack {
  return {
    service,
    role: 'prod',
    hostCount: 2,
    isBalanced: shape.proxyCount > 1 || shape.domain !== '',
    hasManagedRedis: shape.redis === 'managed',
    hasAppRole: false,
    makesRegistry: shape.registry === '',
  };
}

const cases = (['aws', 'digitalocean'] as const).flatMap((target) =>
  shapes.map((shape) => ({ target, shape })),
);

test.each(cases)(
  'the names that a stack on target $target registers are those of the table of bounds: $shape',
  async ({ target, shape }) => {
    const values = { ...shape, service: 'web-2' };
    const made = await composed(() =>
      makeTarget('web-2-prod', targetArgs(configFor(target, values))).watchMonitors?.([]),
    );
    const expected = namedStack('web-2', shape);
    const cloud = made.filter(({ type }) => type.startsWith(`${target}:`));
    for (const bound of nameBounds[target]) {
      const names = cloud
        .filter(({ type }) => type === bound.type)
        .map((resource) => physicalName(resource, bound));
      expect([bound.type, [...new Set(names)].toSorted()]).toEqual([
        bound.type,
        [...new Set(bound.names(expected))].toSorted(),
      ]);
    }
    const bounded = nameBounds[target].map(({ type }) => type);
    const others = cloud.map(({ type }) => type).filter((type) => !bounded.includes(type));
    expect(others.filter((type) => !nameless[target].includes(type))).toEqual([]);
  },
);

const service = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', 'x', '0', '9', '-', '-'),
    minLength: 1,
    maxLength: 63,
  }),
  fc.constantFrom('sg', 'internal', 'perch', 'sg-x', 'internal-x', '9', 'a--b', 'sg-', '-a'),
);

test.each(['aws', 'digitalocean'] as const)(
  'every name that a stack on target %s registers fits the bound of its API, if the configuration is accepted',
  (target) => {
    fc.assert(
      fc.property(service, fc.constantFrom(...shapes), (service, shape) => {
        fc.pre(configProblems(settings(target, { ...shape, service })).length === 0);
        for (const { type, names, pattern, longest = Infinity } of nameBounds[target]) {
          for (const name of names(namedStack(service, shape))) {
            expect([type, name]).toEqual([type, expect.stringMatching(pattern)]);
            expect(name.length).toBeLessThanOrEqual(longest);
          }
        }
      }),
      { numRuns: 150 },
    );
  },
  120_000,
);
