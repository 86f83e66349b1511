import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, inputsOf } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const everyone = ['0.0.0.0/0', '::/0'];

async function inboundRules(values: Record<string, unknown> = {}) {
  const made = await composed(() => makeProd(configFor('digitalocean', values)));
  return inputsOf(made, 'Firewall').flatMap(
    ({ inboundRules }) => inboundRules as Record<string, unknown>[],
  );
}

test("on DigitalOcean only the proxy's port is open to everyone", async () => {
  const open = (await inboundRules()).filter(({ sourceAddresses }) =>
    everyone.some((network) => (sourceAddresses as string[] | undefined)?.includes(network)),
  );
  expect(open.map(({ portRange }) => portRange)).toEqual(['80']);
});

test('on DigitalOcean ssh is open to the configured networks, members and Redis to tagged droplets', async () => {
  expect(await inboundRules()).toEqual(
    expect.arrayContaining([
      { protocol: 'tcp', portRange: '22', sourceAddresses: ['198.18.0.0/24'] },
      { protocol: 'tcp', portRange: '20000-29999', sourceTags: ['perch-shop'] },
      { protocol: 'tcp', portRange: '6379', sourceTags: ['perch-shop'] },
    ]),
  );
});

test('behind a load balancer on DigitalOcean, proxies are open to it alone', async () => {
  const proxies = (await inboundRules({ proxyCount: 2 })).filter(
    ({ portRange }) => portRange === '80',
  );
  expect(proxies).toEqual([
    { protocol: 'tcp', portRange: '80', sourceLoadBalancerUids: ['shop-prod-id'] },
  ]);
});

test('on DigitalOcean proxies that serve https are open to everyone at both ports', async () => {
  const rules = await inboundRules({ hosts: ['shop.perch.internal'] });
  expect(rules).toEqual(
    expect.arrayContaining(
      ['80', '443'].map((portRange) => ({ protocol: 'tcp', portRange, sourceAddresses: everyone })),
    ),
  );
});
