import { expect, test } from 'vitest';
import { architectureOfSize } from '../../../runtime/contract/architecture.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';

const { aws, docker, server } = valid;
const digitalocean = { ...aws, target: 'digitalocean', region: 'fra1' };
const canary = { role: 'canary', prodStack: 'o/perch/prod' };
const of = (length: number) => ({ service: 'a'.repeat(length) });

const onAws = 'on target aws, because it names';

test.each([
  [{ ...aws, ...of(52) }, `at most 51 characters ${onAws} an IAM role, got 52`],
  [{ ...aws, ...canary, ...of(50) }, `at most 49 characters ${onAws} an IAM role, got 50`],
  [{ ...aws, ...of(28), redis: 'managed' }, `at most 27 characters ${onAws} managed Redis, got 28`],
  [{ ...aws, ...of(20), proxyCount: 2 }, `at most 19 characters ${onAws} a load balancer, got 20`],
  [
    { ...digitalocean, ...of(51) },
    'at most 50 characters on target digitalocean, because it names a registry, got 51',
  ],
])('a name that is too long for a resource is refused: %j', (values, expected) => {
  expect(configProblems(values)).toEqual([`perch:service must be ${expected}`]);
});

test.each([
  { ...aws, ...of(51) },
  { ...aws, ...canary, ...of(49) },
  { ...aws, ...of(27), redis: 'managed' },
  { ...aws, ...of(19), proxyCount: 2 },
  { ...digitalocean, ...of(50) },
  { ...digitalocean, ...of(63), registry: 'r.perch.internal/x' },
  { ...docker, service: 'a--b' },
  { ...aws, service: '9shop' },
  { ...aws, service: 'sgx' },
  { ...aws, service: 'perch', registry: 'r.perch.internal/x' },
  { ...digitalocean, service: 'perch' },
])('a name that fits every resource is accepted: %j', (values) => {
  expect(configProblems(values)).toEqual([]);
});

test.each([
  [{ service: 'a--b' }, `have no two dashes in a row ${onAws} a repository, got a--b`],
  [
    { service: '9shop', redis: 'managed' },
    `begin with a letter and have no two dashes in a row ${onAws} managed Redis, got 9shop`,
  ],
  [{ service: 'sg-x' }, `not be sg and not begin with sg- ${onAws} a security group, got sg-x`],
  [
    { service: 'internal-x', proxyCount: 2 },
    `not be internal and not begin with internal- ${onAws} a load balancer, got internal-x`,
  ],
])('a name in a form that an API refuses is refused: %j', (values, expected) => {
  expect(configProblems({ ...aws, ...values })).toEqual([`perch:service must ${expected}`]);
});

test('a name reports each rule that it breaks, at once', () => {
  const service = `9${'-a'.repeat(5)}--b${'c'.repeat(20)}`;
  expect(configProblems({ ...aws, service, redis: 'managed', proxyCount: 2 })).toEqual([
    `perch:service must begin with a letter and have no two dashes in a row ${onAws} managed Redis, got ${service}`,
    `perch:service must have no two dashes in a row ${onAws} a repository, got ${service}`,
    `perch:service must be at most 19 characters ${onAws} a load balancer, got 34`,
  ]);
});

test("a service named perch is refused on AWS, where a repository has Perch's own name", () => {
  expect(configProblems({ ...aws, service: 'perch' })).toEqual([
    expect.stringMatching(/^perch:service must not be perch on target aws without registry/),
  ]);
});

test.each(['us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'])(
  "a region outside AWS's standard partition is refused: %s",
  (region) => {
    expect(configProblems({ ...aws, region })).toEqual([
      `perch:region must be a region of AWS's standard partition, not of GovCloud, China or another partition, got ${region}`,
    ]);
  },
);

test.each(['t4g.small', 'c7gn.xlarge', 'm6gd.large', 'a1.medium', 'x2gd.metal', 'im4gn.large'])(
  'an ARM instance type is accepted: %s',
  (size) => {
    expect(configProblems({ ...aws, size })).toEqual([]);
    expect(architectureOfSize(size)).toBe('arm64');
  },
);

test.each([
  't3.small',
  'c7i-flex.large',
  'g4dn.xlarge',
  'gr6.4xlarge',
  'm7a.large',
  'u-6tb1.metal',
])('an x86 instance type is accepted: %s', (size) => {
  expect(configProblems({ ...aws, size })).toEqual([]);
  expect(architectureOfSize(size)).toBe('amd64');
});

test('a size of the other cloud is refused', () => {
  expect(configProblems({ ...aws, size: 's-1vcpu-2gb' })).toEqual([
    'perch:size must be an instance type, such as t3.small, on target aws, got s-1vcpu-2gb',
  ]);
  expect(configProblems({ ...digitalocean, size: 't3.small' })).toEqual([
    'perch:size must be a size, such as s-1vcpu-2gb, on target digitalocean, got t3.small',
  ]);
});

const mail = { alertFrom: 'a@perch.internal' };
const [one] = valid.server.servers;

test.each([
  [
    { ...aws, ...mail, alertTo: ['b@perch.internal', 'c@perch.internal', 'B@perch.internal'] },
    'alertTo must not contain b@perch.internal twice',
  ],
  [
    { ...aws, sshCidrs: ['10.0.0.0/24', '10.1.0.0/24', '10.0.0.0/24'] },
    'sshCidrs must not contain 10.0.0.0/24 twice',
  ],
  [
    { ...aws, sshCidrs: ['fd00:7::/64', 'fd00:7:0:0::/64'] },
    'sshCidrs must not contain fd00:7::/64 twice',
  ],
  [
    { ...aws, smsNumbers: ['+4915112345678', '+4915112345678'] },
    'smsNumbers must not contain +4915112345678 twice',
  ],
  [{ ...docker, killFlags: ['new', 'new'] }, 'killFlags must not contain new twice'],
  [
    {
      ...server,
      servers: [one, { ...one, name: 'two', privateAddress: '10.0.0.2' }],
    },
    'servers must not contain two machines at address 198.18.0.1 port 22',
  ],
])('a value that stands in a list twice is refused', (values, expected) => {
  expect(configProblems(values)).toEqual([`perch:${expected}`]);
});

test.each([
  ['10.0.0.7/24', '10.0.0.0/24'],
  ['10.255.255.255/9', '10.128.0.0/9'],
  ['fd00:7::1/64', 'fd00:7::/64'],
])('a network on AWS is given by its own address: %s', (cidr, network) => {
  expect(configProblems({ ...aws, sshCidrs: [cidr] })).toEqual([
    `perch:sshCidrs must be the network's own address on target aws, ${network}, got ${cidr}`,
  ]);
  expect(configProblems({ ...aws, sshCidrs: [network] })).toEqual([]);
});

test.each(['new flag', 'a/b', '', '-x', 'x'.repeat(129)])(
  'a key that no flag can have is refused in killFlags and in actions: %j',
  (key) => {
    expect(configProblems({ ...docker, killFlags: [key] })).toEqual([
      expect.stringMatching(/^perch:killFlags\.0 must be the key of a flag, 1 to 128 letters/),
    ]);
    const actions = ['eject-canary', `kill-flag:${key}`];
    expect(configProblems({ ...docker, judge: { actions } })).toEqual([
      expect.stringMatching(
        /^perch:judge\.actions\.1 must (be alert|kill a flag by its key, 1 to 128)/,
      ),
    ]);
  },
);

test.each([
  [{ 'aws:team': 'shop' }, 'must not have names that begin with aws:, got aws:team'],
  [{ team: 'shop, cart' }, 'must have only letters, digits, spaces and _ . : / = + - @'],
  [{ team: 'x'.repeat(257) }, 'must have values of at most 256 characters'],
])('a tag that AWS refuses is refused: %j', (tags, expected) => {
  expect(configProblems({ ...aws, tags })).toEqual([
    expect.stringContaining(`perch:tags ${expected}`),
  ]);
});

test('a domain that is too long for a certificate is refused on AWS', () => {
  const domain = `${'a'.repeat(50)}.perch.internal`;
  expect(configProblems({ ...aws, domain })).toEqual([
    'perch:domain must be at most 64 characters on target aws: ACM certifies no longer name, got 65',
  ]);
});

const networks = (count: number) => Array.from({ length: count }, (_, at) => `10.9.${at}.0/24`);
const names = (count: number) => Array.from({ length: count }, (_, at) => `h${at}.perch.internal`);
const tags = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, 'x']));
const balanced = { proxyCount: 2, tls: 'loadBalancer' };
const raise = '; if AWS has raised this quota of your account, set raisedQuotas';

test('counts beyond the bounds of AWS are refused, all at once, and those at the bounds are accepted', () => {
  const values = (more: number) => ({
    ...aws,
    ...balanced,
    tags: tags(48 + more),
    sshCidrs: networks(57 + more),
    hosts: names(10 + more),
    healthPath: `/${'h'.repeat(1_023 + more)}`,
  });
  expect(configProblems(values(0))).toEqual([]);
  expect(configProblems(values(1))).toEqual([
    'perch:tags must make, with the tags service and Name, at most 50 on target aws, because AWS takes no more for a resource, got 51',
    `perch:sshCidrs must have, of IPv4 and of IPv6, at most 57 on target aws, because a security group takes 60 rules of each, 3 of them for other ports, got 58${raise}`,
    `perch:hosts must have at most 10 on target aws, because a certificate of ACM takes no more names, got 11${raise}`,
    "perch:healthPath must have, in characters, at most 1024 on target aws, because a target group's health check takes no longer path, got 1025",
  ]);
});

test('an account with raised quotas has more, up to what AWS grants', () => {
  const raised = { ...aws, ...balanced, raisedQuotas: true, sshCidrs: networks(150) };
  expect(configProblems({ ...raised, hosts: names(100) })).toEqual([]);
  expect(configProblems({ ...raised, hosts: names(101) })).toEqual([
    'perch:hosts must be at most 100, as many as one certificate holds, got 101',
  ]);
});

test('bounds of AWS do not count elsewhere, nor those of a load balancer without one', () => {
  const many = { tags: tags(60), sshCidrs: networks(70), healthPath: `/${'h'.repeat(2_000)}` };
  expect(configProblems({ ...digitalocean, ...many })).toEqual([]);
  expect(configProblems({ ...aws, healthPath: many.healthPath, hosts: names(30) })).toEqual([]);
});

test.each([
  [{ ...digitalocean, region: 'eu-central-1' }, 'digitalocean, such as fra1, got eu-central-1'],
  [{ ...aws, region: 'fra1' }, 'aws, such as eu-central-1, got fra1'],
  [{ ...aws, region: 'eu-central-1a' }, 'aws, such as eu-central-1, got eu-central-1a'],
])('a region of another cloud is refused: %j', (values, expected) => {
  expect(configProblems(values)).toEqual([`perch:region must be a region of target ${expected}`]);
});
