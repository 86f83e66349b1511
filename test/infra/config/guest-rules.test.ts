import { expect, test } from 'vitest';
import { routedHosts } from '../../../infra/config/edge.ts';
import { sshPrivateKey } from '../../support/pulumi/ssh-keys.ts';
import { configProblems } from '../../support/pulumi/config-problems.ts';

const guest = {
  role: 'prod',
  target: 'server',
  service: 'blog',
  hostStack: 'organization/perch/prod',
  sshPrivateKey,
  hosts: ['blog.perch.internal'],
};

test.each([
  ['servers', guest],
  ['AWS', { ...guest, target: 'aws', region: 'eu-central-1' }],
  ['DigitalOcean', { ...guest, target: 'digitalocean', region: 'fra1' }],
])('a guest on %s needs no keys of hosts', (_name, values) => {
  expect(configProblems(values)).toEqual([]);
});

test('a guest is refused every key that belongs to its host stack, by name', () => {
  const keys = {
    hostCount: 3,
    sshCidrs: ['198.18.0.0/24'],
    proxyCount: 2,
    httpPort: 8080,
    acmeEmail: 'ops@perch.internal',
    redisMemoryMiB: 512,
    registry: 'registry.perch.internal/team',
    disks: ['/data'],
  };
  const problems = configProblems({ ...guest, ...keys });
  expect(problems.toSorted()).toEqual(
    Object.keys(keys)
      .map((key) => `perch:${key} must not be set in a guest: it belongs to hostStack`)
      .toSorted(),
  );
});

test('a guest without hosts is refused, because no request would reach it', () => {
  const { hosts: _none, ...rest } = guest;
  expect(configProblems(rest)).toEqual([
    'perch:hosts must name at least one host in a guest: the proxies serve other services too',
  ]);
  expect(configProblems({ ...rest, domain: 'blog.perch.internal' })).toEqual([]);
  const prodStack = 'organization/perch/blog';
  expect(configProblems({ ...rest, role: 'canary', prodStack })).toEqual([]);
});

test('a guest on a cloud registers the host of its domain', () => {
  const hosts: string[] = [];
  const cloud = { target: 'aws', role: 'prod', proxyCount: 1 } as const;
  const named = { ...cloud, hosts, domain: 'blog.perch.internal', tls: undefined };
  expect(routedHosts({ ...named, hostStack: undefined })).toEqual([]);
  expect(routedHosts({ ...named, hostStack: guest.hostStack })).toEqual(['blog.perch.internal']);
});

test('a guest cannot use the certificate of a load balancer', () => {
  expect(
    configProblems({ ...guest, tls: 'loadBalancer', target: 'aws', region: 'eu-central-1' }),
  ).toEqual([
    'perch:tls must not be loadBalancer in a guest of hostStack: the certificate of its balancer is for its own hosts',
  ]);
});
