import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../infra/config/stack-config.ts';
import { schema } from '../../../infra/config/schema.ts';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { declaredKeys, rawConfig } from '../../support/stack-config.ts';

const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
const secret = new Set([
  'perch:sshPrivateKey',
  'perch:webhookUrl',
  'perch:webhookSecret',
  'perch:secretEnvironment',
  'perch:registryPassword',
]);

const docker = { role: 'local', target: 'docker' };
const aws = {
  role: 'prod',
  target: 'aws',
  region: 'eu-central-1',
  sshCidrs: ['203.0.113.7/32'],
  sshPublicKey: 'ssh-ed25519 AAAA',
  sshPrivateKey: pem,
};
const server = {
  role: 'prod',
  target: 'server',
  registry: 'registry.example.com/team',
  sshPrivateKey: pem,
  servers: [
    {
      name: 'one',
      address: '203.0.113.1',
      privateAddress: '10.0.0.1',
      user: 'deploy',
      hostKey: 'ssh-ed25519 AAAA',
    },
  ],
};

const parse = (values: Record<string, unknown>) => parseConfig(rawConfig(values), secret);

function problems(values: Record<string, unknown>, encrypted = secret): string[] {
  try {
    parseConfig(rawConfig(values), encrypted);
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

test('Pulumi.yaml declares every key that the program reads, and no other', () => {
  const declared = Object.keys(declaredKeys()).map((full) => full.replace('perch:', ''));
  expect(declared).toEqual(Object.keys(schema));
});

test('every declared key has a type and a description', () => {
  for (const [key, { type, description }] of Object.entries(declaredKeys())) {
    expect([key, typeof type, typeof description]).toEqual([key, 'string', 'string']);
  }
});

describe('a right configuration', () => {
  test('needs no more than role and target on this machine', () => {
    const config = parse(docker);
    expect(config).toMatchObject({ role: 'local', target: 'docker', stableCount: 2 });
    expect(config.image).toBeUndefined();
    expect(config.canaryWeight).toBe(10);
  });

  test('is frozen', () => {
    expect(Object.isFrozen(parse(docker))).toBe(true);
  });

  test.each([
    ['aws', aws],
    ['server', server],
    ['digitalocean', { ...aws, target: 'digitalocean', region: 'fra1' }],
    ['a canary', { ...aws, role: 'canary', prodStack: 'organization/perch/prod' }],
  ])('is taken for %s', (_name, values) => {
    expect(problems(values)).toEqual([]);
  });

  test('gives maps as text to text, however YAML wrote them', () => {
    expect(parse({ ...docker, environment: { PORT: 80, DEBUG: true } }).environment).toEqual({
      PORT: '80',
      DEBUG: 'true',
    });
  });

  test('fills in the ssh port of a server', () => {
    expect(parse(server).servers[0]?.port).toBe(22);
  });

  test('leaves the keys of other namespaces alone', () => {
    const raw = { ...rawConfig(docker), 'aws:region': 'eu-central-1' };
    expect(parseConfig(raw, secret).role).toBe('local');
  });
});

describe('one wrong value is refused with key, rule and value', () => {
  test.each([
    [{ role: 'staging' }, 'perch:role must be one of prod, canary, local, got "staging"'],
    [
      { canaryWeight: 101 },
      'perch:canaryWeight must be from 0 to 100 with two decimals at most, got "101"',
    ],
    [
      { canaryWeight: 25.123 },
      'perch:canaryWeight must be from 0 to 100 with two decimals at most, got "25.123"',
    ],
    [{ stableCount: 0 }, 'perch:stableCount must be a whole number from 1 to 500, got "0"'],
    [{ stableCount: 'two' }, 'perch:stableCount must be a whole number from 1 to 500, got "two"'],
    [
      { image: 'app:latest' },
      'perch:image must be an image with its digest, name@sha256:<64 hex digits> (on target docker also its id), got "app:latest"',
    ],
    [{ healthPath: 'up' }, 'perch:healthPath must begin with /, without spaces, got "up"'],
    [{ alertTo: 'me' }, 'perch:alertTo must be a list, got "me"'],
    [
      { environment: { PERCH_TRACK: 'x' } },
      'perch:environment.PERCH_TRACK must have names of letters, digits and underscores that are not PERCH_...',
    ],
    [
      { sshCidrs: ['1.2.3.4'] },
      'perch:sshCidrs.0 must be an IPv4 or IPv6 network, address/bits, got "1.2.3.4"',
    ],
    [
      { sshCidrs: ['1.2.3.4/33'] },
      'perch:sshCidrs.0 must be an IPv4 or IPv6 network, address/bits, got "1.2.3.4/33"',
    ],
    [
      { canaryWieght: 5 },
      'perch:canaryWieght is not a key of this project; did you mean canaryWeight?',
    ],
    [{ colour: 5 }, 'perch:colour is not a key of this project'],
  ])('%j', (values, expected) => {
    expect(problems({ ...docker, ...values })).toEqual([expected]);
  });
});

describe('a combination that makes no sense is refused', () => {
  test.each([
    [
      'canary without prod',
      { ...aws, role: 'canary' },
      'perch:prodStack must be set in role canary: a canary joins a prod stack',
    ],
    [
      'prod that joins',
      { ...aws, prodStack: 'o/perch/prod' },
      'perch:prodStack must not be set in role prod',
    ],
    [
      'canary on docker',
      { ...docker, role: 'canary', prodStack: 'o/perch/prod' },
      'perch:role must be local on target docker, whose one stack has both tracks',
    ],
    ['no region', { ...aws, region: '' }, 'perch:region must be set on target aws'],
    [
      'ssh for the world',
      { ...aws, sshCidrs: ['0.0.0.0/0'] },
      'perch:sshCidrs must not hold the whole internet, got 0.0.0.0/0',
    ],
    [
      'servers elsewhere',
      { ...server, ...docker, registry: '' },
      'perch:servers must be empty on target docker',
    ],
    [
      'no servers',
      { ...server, servers: [], proxyCount: 1 },
      'perch:servers must name at least one machine on target server',
    ],
    [
      'too many proxies',
      { ...server, proxyCount: 2 },
      'perch:proxyCount must be at most the number of hosts, 1, got 2',
    ],
    [
      'a cap below the limit',
      { ...docker, memoryCapMiB: 100 },
      'perch:memoryCapMiB must be at least memoryLimitMiB, 256, got 100',
    ],
    [
      'managed Redis here',
      { ...docker, redis: 'managed' },
      'perch:redis must be container on target docker',
    ],
    [
      'a domain in a zone that it is not in',
      { ...aws, domain: 'shop.example.com', dnsZone: 'example.org' },
      'perch:dnsZone must be the zone that domain, shop.example.com, is in, got example.org',
    ],
    [
      'a zone without a domain',
      { ...aws, dnsZone: 'example.org' },
      'perch:dnsZone must be the zone that domain, which is not set, is in, got example.org',
    ],
    [
      'a service that a cloud could not name things after',
      { ...aws, service: 'my_shop' },
      'perch:service must hold letters, digits and dashes only on target aws, which names resources after it, got my_shop',
    ],
    [
      'a service whose name is too long for a load balancer',
      { ...aws, service: 'a-very-long-service-name', proxyCount: 2 },
      'perch:service must be at most 19 characters for a load balancer on target aws, got 24',
    ],
    [
      'mails from nobody',
      { ...aws, alertTo: ['a@example.com'] },
      'perch:alertFrom must be set when alertTo is',
    ],
  ])('%s', (_name, values, expected) => {
    expect(problems(values)).toContain(expected);
  });

  test('without sshCidrs, and the message says why there is no default', () => {
    expect(problems({ ...aws, sshCidrs: [] })).toEqual([
      expect.stringMatching(/^perch:sshCidrs must name the networks .* no default/),
    ]);
  });
});

test('a threshold of a rule that no monitor has is refused, with the name that was meant', () => {
  const thresholds = { hostDskPercent: 80, containerMemMb: { threshold: 400 }, custom: [] };
  expect(problems({ ...docker, thresholds })).toEqual([
    'perch:thresholds.hostDskPercent is not a monitor rule; did you mean hostDiskPercent?',
    'perch:thresholds.containerMemMb is not a monitor rule; did you mean containerMemoryMb?',
  ]);
  expect(parse({ ...docker, thresholds: { hostDiskPercent: 80 } }).thresholds).toEqual({
    hostDiskPercent: 80,
  });
});

test('all problems are reported at once: values, unknown keys, combinations, bare secrets', () => {
  const found = problems(
    { ...aws, role: 'canary', canaryWeight: 101, colour: 1, appPort: 0, memoryCapMiB: 20 },
    new Set(),
  );
  expect(new Set(found.map((problem) => problem.split(' ')[0]))).toEqual(
    new Set([
      'perch:appPort',
      'perch:canaryWeight',
      'perch:colour',
      'perch:memoryCapMiB',
      'perch:prodStack',
      'perch:sshPrivateKey',
    ]),
  );
});

test('a missing key is called missing', () => {
  expect(problems({ target: 'docker' })).toEqual(['perch:role must be set']);
});

describe('a secret', () => {
  test('that is not encrypted is refused, and its value never shown', () => {
    const found = problems({ ...docker, webhookUrl: 'https://example.com/hush' }, new Set());
    expect(found).toEqual([
      'perch:webhookUrl must be encrypted: set it with pulumi config set --secret',
    ]);
  });

  test('that is wrong is refused without its value', () => {
    const found = problems({ ...docker, webhookUrl: 'http://hush.example.com' });
    expect(found).toEqual(['perch:webhookUrl must be an https URL (its value is not shown)']);
  });
});
