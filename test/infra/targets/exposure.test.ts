import { describe, expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed, type MadeResource } from '../../support/pulumi-mocks.ts';
import { configFor } from '../../support/stack-configs.ts';

const everyone = ['0.0.0.0/0', '::/0'];

/** What the world may reach, `group port`, from AWS' ingress rules. */
function awsDoors(made: readonly MadeResource[]): string[] {
  return ingressRules(made)
    .filter(({ from }) => everyone.includes(from))
    .map(({ name, port }) => `${name.replace(/-\d+-\d$/, '')} ${port}`);
}

function ingressRules(made: readonly MadeResource[]) {
  return made
    .filter(({ type }) => type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
    .map(({ name, inputs }) => ({
      name,
      from: String(inputs['cidrIpv4'] ?? inputs['cidrIpv6'] ?? inputs['referencedSecurityGroupId']),
      port: Number(inputs['fromPort']),
    }));
}

describe('on AWS', () => {
  test("the world reaches the proxy's port and nothing else", async () => {
    const made = await composed(() => makeProd(configFor('aws')));
    expect(new Set(awsDoors(made))).toEqual(new Set(['shop-prod-proxy 80']));
  });

  test('with a load balancer in front, the world reaches that, and it alone the proxies', async () => {
    const made = await composed(() => makeProd(configFor('aws', { proxyCount: 2 })));
    expect(new Set(awsDoors(made))).toEqual(
      new Set(['shop-prod-balancer 80', 'shop-prod-balancer 443']),
    );
    const toProxies = ingressRules(made).filter(({ name }) => name.startsWith('shop-prod-proxy'));
    expect(toProxies.map(({ from }) => from)).toEqual(['shop-prod-balancer-id']);
  });

  test('ssh is open to the configured networks only', async () => {
    const made = await composed(() =>
      makeProd(configFor('aws', { sshCidrs: ['203.0.113.0/24', '2001:db8::/64'] })),
    );
    const ssh = ingressRules(made).filter(({ port }) => port === 22);
    expect(ssh.map(({ from }) => from)).toEqual(['203.0.113.0/24', '2001:db8::/64']);
  });

  test('members and Redis are open to the hosts of the service only', async () => {
    const made = await composed(() => makeProd(configFor('aws')));
    const inside = ingressRules(made).filter(({ port }) => port === 6379 || port === 20_000);
    expect(inside.map(({ from }) => from)).toEqual(['shop-prod-id', 'shop-prod-id']);
  });

  test('every machine wants IMDSv2, out of reach of containers, and encrypts its disk', async () => {
    const made = await composed(() => makeProd(configFor('aws')));
    const machines = made.filter(({ type }) => type === 'aws:ec2/instance:Instance');
    expect(machines).toHaveLength(2);
    for (const { inputs } of machines) {
      expect(inputs['metadataOptions']).toMatchObject({
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
      });
      expect(inputs['rootBlockDevice']).toMatchObject({ encrypted: true });
    }
  });
});

describe('on DigitalOcean', () => {
  const rulesOf = (made: readonly MadeResource[]) =>
    made
      .filter(({ type }) => type === 'digitalocean:index/firewall:Firewall')
      .flatMap(({ inputs }) => inputs['inboundRules'] as Record<string, unknown>[]);

  test("the world reaches the proxy's port and nothing else", async () => {
    const made = await composed(() => makeProd(configFor('digitalocean')));
    const open = rulesOf(made).filter(({ sourceAddresses }) =>
      everyone.some((network) => (sourceAddresses as string[] | undefined)?.includes(network)),
    );
    expect(open.map(({ portRange }) => portRange)).toEqual(['80']);
  });

  test('ssh is open to the configured networks, members and Redis to tagged droplets', async () => {
    const made = await composed(() => makeProd(configFor('digitalocean')));
    expect(rulesOf(made)).toEqual(
      expect.arrayContaining([
        { protocol: 'tcp', portRange: '22', sourceAddresses: ['203.0.113.0/24'] },
        { protocol: 'tcp', portRange: '20000-29999', sourceTags: ['perch-shop'] },
        { protocol: 'tcp', portRange: '6379', sourceTags: ['perch-shop'] },
      ]),
    );
  });

  test('behind a load balancer, proxies are open to it alone', async () => {
    const made = await composed(() => makeProd(configFor('digitalocean', { proxyCount: 2 })));
    const proxies = rulesOf(made).filter(({ portRange }) => portRange === '80');
    expect(proxies).toEqual([
      { protocol: 'tcp', portRange: '80', sourceLoadBalancerUids: ['shop-prod-id'] },
    ]);
  });
});
