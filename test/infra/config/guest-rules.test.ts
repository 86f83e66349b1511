import { expect, test } from 'vitest';
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

test('a guest cannot use the certificate of a load balancer', () => {
  expect(
    configProblems({ ...guest, tls: 'loadBalancer', target: 'aws', region: 'eu-central-1' }),
  ).toEqual([
    'perch:tls must not be loadBalancer in a guest of hostStack: the certificate of its balancer is for its own hosts',
  ]);
});
