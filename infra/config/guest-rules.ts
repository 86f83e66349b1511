/** Rules of guests: stacks that use the hosts, Redis, registry and proxies of another one. */
import { isDeepStrictEqual } from 'node:util';
import { rule, when, type ConfigRule } from './rule.ts';
import type { Key, Values } from './schema.ts';

/** Keys that belong to the host stack, with their values when nobody sets them. */
export const guestRules: readonly ConfigRule[] = [
  rule(['role', 'hostStack', 'hosts', 'domain'], ({ role, hostStack, hosts, domain }) => [
    when(
      role !== 'canary' && hostStack !== undefined && hosts.length === 0 && domain === undefined,
      'hosts',
      'must name at least one host in a guest: the proxies serve other services too',
    ),
  ]),
  ofHostStack('size', undefined),
  ofHostStack('hostCount', 2),
  ofHostStack('networkRange', undefined),
  ofHostStack('servers', []),
  ofHostStack('sshCidrs', []),
  ofHostStack('sshPublicKey', undefined),
  ofHostStack('registry', undefined),
  ofHostStack('registryUsername', undefined),
  ofHostStack('registryPassword', undefined),
  ofHostStack('proxyCount', 1),
  ofHostStack('proxyWorkers', 2),
  ofHostStack('httpPort', 80),
  ofHostStack('httpsPort', 443),
  ofHostStack('accessLog', {}),
  ofHostStack('trustedProxies', []),
  ofHostStack('acmeDirectory', undefined),
  ofHostStack('acmeEmail', undefined),
  ofHostStack('acmeCaCertificate', undefined),
  ofHostStack('dnsZone', undefined),
  ofHostStack('consoleHost', undefined),
  ofHostStack('redis', 'container'),
  ofHostStack('redisImage', 'redis:7'),
  ofHostStack('redisPort', 6379),
  ofHostStack('metricsPort', undefined),
  ofHostStack('redisMemoryMiB', 256),
  ofHostStack('memory', {}),
  ofHostStack('disks', ['/']),
  ofHostStack('cloudwatchContainers', []),
  ofHostStack('monitorEnvironment', {}),
];

function ofHostStack<K extends Key>(key: K, unset: Values[K]): ConfigRule {
  const reads: readonly ('hostStack' | K)[] = ['hostStack', key];
  return rule(reads, (values: Pick<Values, 'hostStack' | K>) => [
    when(
      values.hostStack !== undefined && !isDeepStrictEqual(values[key], unset),
      key,
      'must not be set in a guest: it belongs to hostStack',
    ),
  ]);
}
