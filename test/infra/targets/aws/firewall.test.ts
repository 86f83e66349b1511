import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, type MadeResource } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const everyone = ['0.0.0.0/0', '::/0'];

const prodOnAws = async (values: Record<string, unknown> = {}) =>
  await composed(() => makeProd(configFor('aws', values)));

function ingressRules(made: readonly MadeResource[]) {
  return made
    .filter(({ type }) => type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
    .map(({ name, inputs }) => ({
      name,
      from: String(inputs['cidrIpv4'] ?? inputs['cidrIpv6'] ?? inputs['referencedSecurityGroupId']),
      port: Number(inputs['fromPort']),
    }));
}

/** Security groups and ports that are open to everyone, `group port`. */
function openToEveryone(made: readonly MadeResource[]): string[] {
  return ingressRules(made)
    .filter(({ from }) => everyone.includes(from))
    .map(({ name, port }) => `${name.replace(/-\d+-\d$/, '')} ${port}`);
}

test("on AWS only the proxy's port is open to everyone", async () => {
  expect(new Set(openToEveryone(await prodOnAws()))).toEqual(new Set(['shop-prod-proxy 80']));
});

test('behind a load balancer on AWS, proxies are open to it alone, and it is open to everyone', async () => {
  const made = await prodOnAws({ proxyCount: 2 });
  expect(new Set(openToEveryone(made))).toEqual(
    new Set(['shop-prod-balancer 80', 'shop-prod-balancer 443']),
  );
  const toProxies = ingressRules(made).filter(({ name }) => name.startsWith('shop-prod-proxy'));
  expect(toProxies.map(({ from }) => from)).toEqual(['shop-prod-balancer-id']);
});

test('on AWS ssh is open to the configured networks only', async () => {
  const made = await prodOnAws({ sshCidrs: ['198.18.0.0/24', 'fd00:7::/64'] });
  const ssh = ingressRules(made).filter(({ port }) => port === 22);
  expect(ssh.map(({ from }) => from)).toEqual(['198.18.0.0/24', 'fd00:7::/64']);
});

test('on AWS members and Redis are open to the hosts of the service only', async () => {
  const inside = ingressRules(await prodOnAws()).filter(
    ({ port }) => port === 6379 || port === 20_000,
  );
  expect(inside.map(({ from }) => from)).toEqual(['shop-prod-id', 'shop-prod-id']);
});

test('on AWS proxies that serve https are open to everyone at both ports, each at an address of its own', async () => {
  const made = await prodOnAws({ proxyCount: 2, hosts: ['shop.perch.internal'], tls: 'acme' });
  expect(new Set(openToEveryone(made))).toEqual(
    new Set(['shop-prod-proxy 80', 'shop-prod-proxy 443']),
  );
  const types = made.map(({ type }) => type);
  expect(types.filter((type) => type === 'aws:ec2/eip:Eip')).toHaveLength(2);
  expect(types.filter((type) => type.startsWith('aws:lb/') || type.startsWith('aws:acm/'))).toEqual(
    [],
  );
});
