import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { composed, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

type TargetName = Parameters<typeof configFor>[0];

const metricsPort = 9_464;

const made = (target: TargetName, values: Record<string, unknown> = {}) =>
  composed(() => makeProd(configFor(target, values)));

const containers = (resources: readonly MadeResource[]) =>
  resources.filter(({ type }) => type.endsWith(':Container'));

test('monitors and proxies serve metrics on the private address, each on a port of its own', async () => {
  const resources = containers(await made('server', { metricsPort, proxyCount: 2 }));
  const addresses = resources.flatMap(({ name, inputs }) => {
    const [option] = /--metrics=[^"]*/.exec(JSON.stringify(inputs['command'] ?? '')) ?? [];
    const [label] =
      /perch\.metrics-port","value":"(\d+)/.exec(JSON.stringify(inputs))?.slice(1) ?? [];
    return option === undefined ? [] : [`${name} ${option} ${label}`];
  });
  expect(addresses.toSorted()).toEqual([
    'monitor-web-1 --metrics=10.0.0.1:9464 9464',
    'monitor-web-2 --metrics=10.0.0.2:9464 9464',
    'proxy-web-1 --metrics=10.0.0.1:9465 9465',
    'proxy-web-1-second --metrics=10.0.0.1:9466 9466',
    'proxy-web-2 --metrics=10.0.0.2:9465 9465',
    'proxy-web-2-second --metrics=10.0.0.2:9466 9466',
  ]);
});

test('only the VPC of the hosts reaches the ports of metrics on AWS', async () => {
  const resources = await made('aws', { metricsPort });
  const rules = resources.filter(({ inputs }) => inputs['fromPort'] === metricsPort);
  expect(rules.map(({ inputs }) => inputs)).toEqual([
    {
      securityGroupId: 'shop-prod-id',
      cidrIpv4: '10.42.0.0/16',
      ipProtocol: 'tcp',
      fromPort: 9_464,
      toPort: 9_466,
    },
  ]);
});

test('only the VPC of the hosts reaches the ports of metrics on DigitalOcean', async () => {
  const resources = await made('digitalocean', { metricsPort, networkRange: '10.43.0.0/20' });
  const rules = resources.flatMap(({ inputs }) => inputs['inboundRules'] ?? []);
  expect(rules).toContainEqual({
    protocol: 'tcp',
    portRange: '9464-9466',
    sourceAddresses: ['10.43.0.0/20'],
  });
});

test.each(['server', 'aws'] as const)(
  'without metricsPort a stack on target %s has nothing of it, so that an update changes nothing',
  async (target) => {
    expect(JSON.stringify(await made(target))).not.toMatch(/metrics[-=]/);
  },
);

test.each([
  [{ metricsPort: 80 }, 'perch:metricsPort must be a whole number from 1024 to 65533, got "80"'],
  [
    { metricsPort: 6_378 },
    'perch:metricsPort must leave room for redisPort: metricsPort and the two ports after it, 6378 to 6380, must not be 6379',
  ],
  [
    { metricsPort: 19_998 },
    'perch:metricsPort must be outside the ports of members, 20000 to 29999, with the two ports after it, got 19998',
  ],
])('the configuration %j is refused', (values, problem) => {
  expect(configProblems({ ...valid.server, ...values })).toEqual([problem]);
});
