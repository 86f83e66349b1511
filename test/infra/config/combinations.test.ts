import { expect, test } from 'vitest';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';

const { aws, docker, server } = valid;

test.each([
  [
    'a canary without a prod stack',
    { ...aws, role: 'canary' },
    'perch:prodStack must be set in role canary: a canary joins a prod stack',
  ],
  [
    'a prod stack that joins another',
    { ...aws, prodStack: 'o/perch/prod' },
    'perch:prodStack must not be set in role prod',
  ],
  [
    'a canary on target docker',
    { ...docker, role: 'canary', prodStack: 'o/perch/prod' },
    'perch:role must be local on target docker: one stack has both tracks there',
  ],
  [
    "a canary's image in a canary stack",
    {
      ...aws,
      role: 'canary',
      prodStack: 'o/perch/prod',
      canaryImage: `shop@sha256:${'a'.repeat(64)}`,
    },
    'perch:canaryImage must not be set in role canary, whose only track is the canary: set image',
  ],
  [
    'a canary that is built without an image of the stable members',
    { ...aws, canaryImage: 'build', buildContext: '../shop' },
    'perch:image must be set while canaryImage is build: the stable members run it',
  ],
  [
    'a canary that is built from nothing',
    { ...aws, canaryImage: 'build', image: `shop@sha256:${'a'.repeat(64)}` },
    'perch:buildContext must be set while canaryImage is build',
  ],
  [
    "a canary's version without an image of its own",
    { ...aws, canaryVersion: '2.1' },
    'perch:canaryVersion must not be set without canaryImage',
  ],
  [
    "a canary's image by id where hosts pull",
    { ...aws, role: 'local', canaryImage: `sha256:${'a'.repeat(64)}` },
    "perch:canaryImage must name the registry's image, not an id, on target aws",
  ],
  [
    'a network range on AWS',
    { ...aws, networkRange: '10.43.0.0/20' },
    "perch:networkRange must not be set on target aws: only DigitalOcean's networks of one account must not overlap",
  ],
  ['target aws without a region', { ...aws, region: '' }, 'perch:region must be set on target aws'],
  [
    'ssh open to everyone',
    { ...aws, sshCidrs: ['0.0.0.0/0'] },
    'perch:sshCidrs must not contain the whole internet, got 0.0.0.0/0',
  ],
  [
    'a port that hosts give only to root',
    { ...server, httpPort: '79' },
    'perch:httpPort must be at least 80, the first port that hosts give to a proxy without root, got 79',
  ],
  [
    'one port for the proxy and Redis',
    { ...server, redisPort: 80, httpPort: 80 },
    'perch:redisPort must differ from httpPort, because a host has both, got 80',
  ],
  [
    "ssh's port for Redis on created hosts",
    { ...aws, redisPort: 22 },
    'perch:redisPort must not be 22, the port of ssh on created hosts',
  ],
  [
    'servers on another target',
    { ...server, ...docker, registry: '' },
    'perch:servers must be empty on target docker',
  ],
  [
    'no registry on a target that makes one',
    { ...aws, registry: 'none' },
    'perch:registry must not be none on target aws: leave it out, and the stack makes one',
  ],
  [
    'no registry on target docker',
    { ...docker, registry: 'none' },
    'perch:registry must not be none on target docker: leave it out, because this machine runs what it builds',
  ],
  [
    'a login for no registry',
    { ...server, registry: 'none', registryUsername: 'deploy', registryPassword: 'secret' },
    'perch:registryUsername must not be set with registry none, which needs no login',
  ],
  [
    'target server without servers',
    { ...server, servers: [], proxyCount: 1 },
    'perch:servers must name at least one machine on target server',
  ],
  [
    'more proxies than hosts',
    { ...server, proxyCount: 2 },
    'perch:proxyCount must be at most the number of hosts, 1, got 2',
  ],
  [
    'a memory cap below the memory limit',
    { ...docker, memoryCapMiB: 100 },
    'perch:memoryCapMiB must be at least memoryLimitMiB, 256, got 100',
  ],
  [
    'managed Redis on target docker',
    { ...docker, redis: 'managed' },
    'perch:redis must be container on target docker',
  ],
  [
    'a zone that does not contain the domain',
    { ...aws, domain: 'shop.perch.internal', dnsZone: 'other.internal' },
    'perch:dnsZone must be the zone of shop.perch.internal, got other.internal',
  ],
  [
    'a zone without a domain',
    { ...aws, dnsZone: 'other.internal' },
    'perch:dnsZone must not be set without hosts',
  ],
  [
    'a service name that no cloud accepts',
    { ...aws, service: 'my_shop' },
    'perch:service must contain only lowercase letters, digits and dashes on target aws, because it names resources, got my_shop',
  ],
  [
    'a service name that is too long for a load balancer',
    { ...aws, service: 'a-very-long-service-name', proxyCount: 2 },
    'perch:service must be at most 19 characters on target aws, because it names a load balancer, got 24',
  ],
  [
    'recipients without a sender',
    { ...aws, alertTo: ['a@perch.internal'] },
    'perch:alertFrom must be set when alertTo is',
  ],
])('the configuration refuses %s', (_name, values, expected) => {
  expect(configProblems(values)).toContain(expected);
});

test('the configuration refuses a cloud without sshCidrs and says why there is no default', () => {
  expect(configProblems({ ...aws, sshCidrs: [] })).toEqual([
    expect.stringMatching(/^perch:sshCidrs must name the networks .* no default/),
  ]);
});
