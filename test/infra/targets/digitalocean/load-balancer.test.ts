import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, inputsOf, kindsOf, proxyCommand } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const prodOnDigitalOcean = async (values: Record<string, unknown>) =>
  await composed(() => makeProd(configFor('digitalocean', values)));

const single = await prodOnDigitalOcean({});
const several = await prodOnDigitalOcean({ proxyCount: 2, domain: 'shop.perch.internal' });

test('one proxy without a domain needs no load balancer on DigitalOcean', () => {
  expect(kindsOf(single)).not.toContain('LoadBalancer');
  expect(kindsOf(single)).not.toContain('Certificate');
});

test("the load balancer on DigitalOcean terminates TLS with a certificate of Let's Encrypt", () => {
  expect(inputsOf(several, 'Certificate')).toMatchObject([
    { type: 'lets_encrypt', domains: ['shop.perch.internal'] },
  ]);
  expect(inputsOf(several, 'LoadBalancer')).toMatchObject([
    {
      region: 'fra1',
      forwardingRules: [
        { entryPort: 80, entryProtocol: 'http', targetPort: 80, targetProtocol: 'http' },
        {
          entryPort: 443,
          entryProtocol: 'https',
          targetPort: 80,
          targetProtocol: 'http',
          certificateName: 'shop-prod-certificate',
        },
      ],
      redirectHttpToHttps: true,
      healthcheck: { protocol: 'http', port: 80, path: '/healthz' },
    },
  ]);
  expect(inputsOf(several, 'LoadBalancer')[0]?.['dropletIds']).toHaveLength(2);
});

test('a domain on DigitalOcean has one record, which belongs to the stack', () => {
  expect(inputsOf(several, 'DnsRecord')).toMatchObject([
    {
      domain: 'perch.internal',
      name: 'shop',
      type: 'A',
      value: expect.stringMatching(/^198\.51\./),
    },
  ]);
  expect(inputsOf(several, 'LoadBalancer')).toMatchObject([{ disableLetsEncryptDnsRecords: true }]);
});

test("proxies on DigitalOcean believe X-Forwarded-For only of the load balancer's network", () => {
  expect(proxyCommand(several)).toContain('--trust-proxy=10.43.0.0/20');
});

test('proxies behind a load balancer on DigitalOcean need no reserved addresses', () => {
  expect(kindsOf(several)).not.toContain('ReservedIp');
});

test('several hosts on DigitalOcean share a certificate, and each has its record', async () => {
  const hosts = ['shop.perch.internal', 'perch.internal'];
  const made = await prodOnDigitalOcean({ tls: 'loadBalancer', hosts, dnsZone: 'perch.internal' });
  expect(inputsOf(made, 'Certificate')).toMatchObject([{ type: 'lets_encrypt', domains: hosts }]);
  const records = inputsOf(made, 'DnsRecord').map(
    ({ domain, name }) => `${String(name)} ${String(domain)}`,
  );
  expect(records.toSorted()).toEqual(['@ perch.internal', 'shop perch.internal']);
});

test('proxies on DigitalOcean that serve https need no load balancer, and have reserved addresses', async () => {
  const made = await prodOnDigitalOcean({
    proxyCount: 2,
    tls: 'acme',
    hosts: ['shop.perch.internal'],
  });
  expect(kindsOf(made)).not.toContain('LoadBalancer');
  expect(inputsOf(made, 'ReservedIp')).toHaveLength(2);
});
