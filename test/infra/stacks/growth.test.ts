import { beforeAll, describe, expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { clearText, composed, type MadeResource } from '../../support/pulumi-mocks.ts';
import { configFor } from '../../support/stack-configs.ts';

/** What a cloud makes, without Perch's own components. */
const bought = (made: readonly MadeResource[]) =>
  made.filter(({ type }) => !type.startsWith('perch:'));

const kindsOf = (made: readonly MadeResource[]) =>
  bought(made).map(({ type }) => type.split(':').at(-1));

const inputsOf = (made: readonly MadeResource[], kind: string) =>
  bought(made)
    .filter(({ type }) => type.endsWith(`:${kind}`))
    .map(({ inputs }) => inputs);

const prodOn = async (target: 'aws' | 'digitalocean', values: Record<string, unknown>) =>
  await composed(() => makeProd(configFor(target, values)));

/** The command line of the first proxy's container. */
const proxyCommand = (made: readonly MadeResource[]) =>
  made.find(({ type, name }) => type.endsWith(':Container') && name === 'proxy-prod-0')?.inputs[
    'command'
  ];

/** The Redis URL that the containers are given, as far as it is no secret of the mocks. */
const redisUrls = (made: readonly MadeResource[]) =>
  inputsOf(made, 'Container').flatMap(
    ({ envs }) => JSON.stringify(envs).match(/PERCH_REDIS_URL=[^"]+/g) ?? [],
  );

describe('one proxy without a domain', () => {
  test.each(['aws', 'digitalocean'] as const)('needs no load balancer on %s', async (target) => {
    const kinds = kindsOf(await prodOn(target, {}));
    expect(kinds).not.toContain('LoadBalancer');
    expect(kinds).not.toContain('Certificate');
  });
});

describe('several proxies on AWS', () => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await prodOn('aws', { proxyCount: 2, httpPort: 8080, drainTimeoutSeconds: 20 });
  });

  test('stand behind an application load balancer in both subnets', () => {
    const [balancer] = inputsOf(made, 'LoadBalancer');
    expect(balancer).toMatchObject({
      loadBalancerType: 'application',
      subnets: ['shop-prod-0-id', 'shop-prod-1-id'],
      securityGroups: ['shop-prod-balancer-id'],
      dropInvalidHeaderFields: true,
    });
  });

  test('each get their share on their own port, while they answer, and drain', () => {
    expect(inputsOf(made, 'TargetGroup')).toMatchObject([
      {
        port: 8080,
        protocol: 'HTTP',
        deregistrationDelay: 20,
        healthCheck: { path: '/healthz', interval: 10, healthyThreshold: 2 },
      },
    ]);
    const targets = inputsOf(made, 'TargetGroupAttachment');
    expect(targets.map(({ targetId }) => targetId)).toEqual(['shop-prod-0-id', 'shop-prod-1-id']);
  });

  test('are reached by plain http without a domain, and no certificate is asked for', () => {
    expect(inputsOf(made, 'Listener')).toMatchObject([
      { port: 80, protocol: 'HTTP', defaultActions: [{ type: 'forward' }] },
    ]);
    expect(kindsOf(made)).not.toContain('Certificate');
  });

  test("believe the load balancer's X-Forwarded-For, that of its network only", () => {
    expect(proxyCommand(made)).toContain('--trust-proxy=10.42.0.0/16');
  });

  test('need no fixed addresses of their own', () => {
    expect(kindsOf(made)).not.toContain('Eip');
  });
});

describe('a domain on AWS', () => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await prodOn('aws', { domain: 'shop.example.com' });
  });

  test('is served by https with a certificate that its zone proves, and http leads there', () => {
    expect(inputsOf(made, 'Certificate')).toMatchObject([
      { domainName: 'shop.example.com', validationMethod: 'DNS' },
    ]);
    expect(inputsOf(made, 'CertificateValidation')).toHaveLength(1);
    const listeners = inputsOf(made, 'Listener').toSorted(
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
        certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/shop.example.com',
        sslPolicy: expect.stringContaining('TLS13'),
      },
    ]);
  });

  test('has a record that points to the load balancer, and one that proves the certificate', () => {
    const records = inputsOf(made, 'Record').toSorted((a, b) =>
      String(a['type']).localeCompare(String(b['type'])),
    );
    expect(records).toMatchObject([
      {
        name: 'shop.example.com',
        type: 'A',
        zoneId: 'zone-of-example.com',
        aliases: [{ name: 'shop-prod-id.elb.amazonaws.com', evaluateTargetHealth: true }],
      },
      {
        type: 'CNAME',
        name: '_proof.shop.example.com',
        zoneId: 'zone-of-example.com',
        records: ['_answer.acm-validations.aws'],
      },
    ]);
  });
});

describe('managed Redis on AWS', () => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await prodOn('aws', { redis: 'managed' });
  });

  test('is two nodes in two zones, encrypted, with a password, that evict nothing', () => {
    const [cluster] = inputsOf(made, 'ReplicationGroup');
    expect(cluster).toMatchObject({
      engine: 'valkey',
      numCacheClusters: 2,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      parameterGroupName: 'shop-prod-id',
    });
    expect(clearText(cluster?.['authToken'])).toBe('"[secret]"');
    expect(inputsOf(made, 'ParameterGroup')).toMatchObject([
      { parameters: [{ name: 'maxmemory-policy', value: 'noeviction' }] },
    ]);
    expect(inputsOf(made, 'SubnetGroup')).toMatchObject([
      { subnetIds: ['shop-prod-0-id', 'shop-prod-1-id'] },
    ]);
  });

  test('takes the place of the container, and every process finds it by TLS', () => {
    expect(made.filter(({ name }) => name === 'redis')).toEqual([]);
    const urls = redisUrls(made);
    expect(urls.length).toBeGreaterThan(3);
    for (const url of urls)
      expect(url).toMatch(/=rediss:\/\/:secret\w+@primary\.cache\.amazonaws\.com:6379$/);
  });
});

describe('several proxies and a domain on DigitalOcean', () => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await prodOn('digitalocean', { proxyCount: 2, domain: 'shop.example.com' });
  });

  test('stand behind a load balancer that ends TLS with a certificate of Let’s Encrypt', () => {
    expect(inputsOf(made, 'Certificate')).toMatchObject([
      { type: 'lets_encrypt', domains: ['shop.example.com'] },
    ]);
    expect(inputsOf(made, 'LoadBalancer')).toMatchObject([
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
    expect(inputsOf(made, 'LoadBalancer')[0]?.['dropletIds']).toHaveLength(2);
  });

  test('have one record for the domain, which goes with the stack', () => {
    expect(inputsOf(made, 'DnsRecord')).toMatchObject([
      {
        domain: 'example.com',
        name: 'shop',
        type: 'A',
        value: expect.stringMatching(/^198\.51\./),
      },
    ]);
    expect(inputsOf(made, 'LoadBalancer')).toMatchObject([{ disableLetsEncryptDnsRecords: true }]);
  });

  test("believe the load balancer's X-Forwarded-For, that of its network only", () => {
    expect(proxyCommand(made)).toContain('--trust-proxy=10.43.0.0/20');
  });

  test('need no reserved addresses of their own', () => {
    expect(kindsOf(made)).not.toContain('ReservedIp');
  });
});

describe('managed Valkey on DigitalOcean', () => {
  let made: MadeResource[];
  beforeAll(async () => {
    made = await prodOn('digitalocean', { redis: 'managed' });
  });

  test('stands in the private network, lets tagged droplets in only, and evicts nothing', () => {
    expect(inputsOf(made, 'DatabaseCluster')).toMatchObject([
      {
        engine: 'valkey',
        nodeCount: 1,
        privateNetworkUuid: 'shop-prod-id',
        evictionPolicy: 'noeviction',
      },
    ]);
    expect(inputsOf(made, 'DatabaseFirewall')).toMatchObject([
      { clusterId: 'shop-prod-id', rules: [{ type: 'tag', value: 'perch-shop' }] },
    ]);
  });

  test('takes the place of the container, and every process finds it on its private address', () => {
    expect(made.filter(({ name }) => name === 'redis')).toEqual([]);
    const urls = redisUrls(made);
    expect(urls.length).toBeGreaterThan(3);
    for (const url of urls) expect(url).toMatch(/=rediss:\/\/default:secret\w+@private-/);
  });
});
