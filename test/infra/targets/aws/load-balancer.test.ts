import { expect, test } from 'vitest';
import { makeProd } from '../../../../infra/stacks/prod.ts';
import { composed, inputsOf, kindsOf, proxyCommand } from '../../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../../support/pulumi/stack-configs.ts';

const prodOnAws = async (values: Record<string, unknown>) =>
  await composed(() => makeProd(configFor('aws', values)));

const single = await prodOnAws({});
const several = await prodOnAws({ proxyCount: 2, httpPort: 8080, drainTimeoutSeconds: 20 });
const withDomain = await prodOnAws({ domain: 'shop.perch.internal' });

test('one proxy without a domain needs no load balancer on AWS', () => {
  expect(kindsOf(single)).not.toContain('LoadBalancer');
  expect(kindsOf(single)).not.toContain('Certificate');
});

test('several proxies on AWS have an application load balancer in both subnets', () => {
  const [balancer] = inputsOf(several, 'LoadBalancer');
  expect(balancer).toMatchObject({
    loadBalancerType: 'application',
    subnets: ['shop-prod-0-id', 'shop-prod-1-id'],
    securityGroups: ['shop-prod-balancer-id'],
    dropInvalidHeaderFields: true,
  });
});

test('the load balancer on AWS sends requests to the port of each healthy proxy and drains it', () => {
  expect(inputsOf(several, 'TargetGroup')).toMatchObject([
    {
      port: 8080,
      protocol: 'HTTP',
      deregistrationDelay: 20,
      healthCheck: {
        path: '/healthz',
        interval: 10,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
      },
    },
  ]);
  const targets = inputsOf(several, 'TargetGroupAttachment');
  expect(targets.map(({ targetId }) => targetId)).toEqual(['shop-prod-0-id', 'shop-prod-1-id']);
});

test('the load balancer on AWS serves plain http without a domain, and no certificate is requested', () => {
  expect(inputsOf(several, 'Listener')).toMatchObject([
    { port: 80, protocol: 'HTTP', defaultActions: [{ type: 'forward' }] },
  ]);
  expect(kindsOf(several)).not.toContain('Certificate');
});

test("proxies on AWS believe X-Forwarded-For only of the load balancer's network", () => {
  expect(proxyCommand(several)).toContain('--trust-proxy=10.42.0.0/16');
});

test('proxies behind a load balancer on AWS need no fixed addresses', () => {
  expect(kindsOf(several)).not.toContain('Eip');
});

test('a domain on AWS is served by https with a validated certificate, and http redirects there', () => {
  expect(inputsOf(withDomain, 'Certificate')).toMatchObject([
    { domainName: 'shop.perch.internal', validationMethod: 'DNS' },
  ]);
  expect(inputsOf(withDomain, 'CertificateValidation')).toHaveLength(1);
  const listeners = inputsOf(withDomain, 'Listener').toSorted(
    (a, b) => Number(a['port']) - Number(b['port']),
  );
  expect(listeners).toMatchObject([
    {
      port: 80,
      defaultActions: [
        {
          type: 'redirect',
          redirect: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' },
        },
      ],
    },
    {
      port: 443,
      protocol: 'HTTPS',
      certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/shop.perch.internal',
      sslPolicy: expect.stringContaining('TLS13'),
    },
  ]);
});

test('a domain on AWS has a record of the load balancer and one that validates the certificate', () => {
  const records = inputsOf(withDomain, 'Record').toSorted((a, b) =>
    String(a['type']).localeCompare(String(b['type'])),
  );
  expect(records).toMatchObject([
    {
      name: 'shop.perch.internal',
      type: 'A',
      zoneId: 'zone-of-perch.internal',
      aliases: [{ name: 'shop-prod-id.elb.amazonaws.com', evaluateTargetHealth: true }],
    },
    {
      type: 'CNAME',
      name: '_proof.shop.perch.internal',
      zoneId: 'zone-of-perch.internal',
      records: ['_answer.acm-validations.aws'],
    },
  ]);
});

test('several hosts on AWS share a certificate, each with its record, its proof and its zone', async () => {
  const made = await prodOnAws({
    tls: 'loadBalancer',
    hosts: ['shop.perch.internal', 'www.shop.internal'],
  });
  expect(inputsOf(made, 'Certificate')).toMatchObject([
    { domainName: 'shop.perch.internal', subjectAlternativeNames: ['www.shop.internal'] },
  ]);
  const zones = inputsOf(made, 'Record').map(({ name, type, zoneId }) => [type, name, zoneId]);
  expect(zones.toSorted()).toEqual([
    ['A', 'shop.perch.internal', 'zone-of-perch.internal'],
    ['A', 'www.shop.internal', 'zone-of-shop.internal'],
    ['CNAME', '_proof.shop.perch.internal', 'zone-of-perch.internal'],
    ['CNAME', '_proof.www.shop.internal', 'zone-of-shop.internal'],
  ]);
});
