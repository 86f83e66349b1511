/** Rules about host names, TLS and the proxies' clients. */
import { isWildcard, mostHosts } from '../../runtime/contract/host-name.ts';
import { firstUnprivilegedPort } from '../../runtime/contract/ports.ts';
import { certificateProblems } from './certificate.ts';
import { servedHosts } from './console.ts';
import { edgeFields, hostNames, proxiesServeHttps, routedHosts, tlsOf } from './edge.ts';
import { needs, repeated, rule, when, type ConfigProblem, type ConfigRule } from './rule.ts';
import type { Key } from './schema.ts';

export const edgeRules: readonly ConfigRule[] = [
  rule(['hosts', 'domain'], ({ hosts, domain }) => [
    when(
      domain !== undefined && hosts.length > 0,
      'domain',
      'must not be set together with hosts, of which it is the short form',
    ),
    when(
      hosts.length > mostHosts,
      'hosts',
      `must be at most ${mostHosts}, as many as one certificate holds, got ${hosts.length}`,
    ),
    ...repeated(hosts).map((host): ConfigProblem => ['hosts', `must not contain ${host} twice`]),
  ]),
  rule(['role', 'hosts', 'tls', 'pathPrefix', 'hsts', 'trustedProxies'], (values) => {
    if (values.role !== 'canary') return [];
    const set: readonly (readonly [Key, boolean])[] = [
      ['hosts', values.hosts.length > 0],
      ['tls', values.tls !== undefined],
      ['pathPrefix', values.pathPrefix !== undefined],
      ['hsts', values.hsts !== undefined],
      ['trustedProxies', values.trustedProxies.length > 0],
    ];
    return set.map(([key, isSet]) =>
      when(isSet, key, 'must not be set in role canary: clients reach it by its prod stack'),
    );
  }),
  rule(edgeFields, (values) => {
    const { role, target, hostStack, tls } = values;
    const names = hostNames(values);
    if (role === 'canary') return [];
    const wildcard = names.find(isWildcard);
    const effective = tlsOf(values);
    const certified = effective === 'acme' || effective === 'loadBalancer';
    return [
      when(
        tls !== undefined && tls !== 'none' && names.length === 0,
        'tls',
        `must not be ${tls} without hosts: a certificate is for names`,
      ),
      when(
        tls === 'loadBalancer' && (target === 'server' || target === 'docker'),
        'tls',
        `must not be loadBalancer on target ${target}, which has none`,
      ),
      when(
        tls === 'loadBalancer' && hostStack !== undefined,
        'tls',
        'must not be loadBalancer in a guest of hostStack: the certificate of its balancer is for its own hosts',
      ),
      when(
        certified && wildcard !== undefined,
        'hosts',
        `must not contain a wildcard with tls ${effective}, got ${wildcard}: certify it yourself, with tls certificate`,
      ),
    ];
  }),
  rule([...edgeFields, 'certificate', 'privateKey', 'consoleHost'], (values) => {
    const { certificate, privateKey } = values;
    const tls = tlsOf(values);
    if (tls !== 'certificate') {
      const problem = `must not be set with tls ${tls}: tls certificate serves it`;
      return [
        when(certificate !== undefined, 'certificate', problem),
        when(privateKey !== undefined, 'privateKey', problem),
      ];
    }
    if (certificate === undefined || privateKey === undefined) {
      return [
        needs('certificate', certificate, 'with tls certificate'),
        needs('privateKey', privateKey, 'with tls certificate'),
      ];
    }
    const hosts = servedHosts(values);
    return certificateProblems({ certificate, privateKey, hosts, nowMs: Date.now() });
  }),
  rule([...edgeFields, 'acmeDirectory', 'acmeEmail', 'acmeCaCertificate', 'httpPort'], (values) => {
    const { role, target, acmeDirectory, acmeEmail, acmeCaCertificate, httpPort, hostStack } =
      values;
    const tls = tlsOf(values);
    // The proxies order for guests too, so their authority may be named beside one's own certificate.
    const orders = proxiesServeHttps(tls);
    const isOwn = role !== 'canary' && hostStack === undefined && tls === 'acme';
    const problem = `must not be set with tls ${tls}: nothing is ordered`;
    return [
      when(acmeDirectory !== undefined && !orders, 'acmeDirectory', problem),
      when(acmeEmail !== undefined && !orders, 'acmeEmail', problem),
      when(acmeCaCertificate !== undefined && !orders, 'acmeCaCertificate', problem),
      when(
        acmeCaCertificate !== undefined && orders && acmeDirectory === undefined,
        'acmeCaCertificate',
        "must not be set without acmeDirectory: Let's Encrypt is trusted by itself",
      ),
      when(
        isOwn && target === 'docker' && acmeDirectory === undefined,
        'acmeDirectory',
        'must be set on target docker with tls acme: a public authority does not reach this machine',
      ),
      when(
        isOwn && target !== 'docker' && acmeDirectory === undefined && httpPort !== 80,
        'httpPort',
        `must be 80 with tls acme, where a public authority asks for its challenge (RFC 8555, 8.3), got ${httpPort}`,
      ),
    ];
  }),
  rule([...edgeFields, 'hsts', 'pathPrefix'], (values) => {
    const names = routedHosts(values);
    const tls = tlsOf(values);
    return [
      when(
        values.role !== 'canary' && values.hsts !== undefined && names.length === 0,
        'hsts',
        'must not be set without hosts',
      ),
      when(
        names.length > 0 && values.hsts !== undefined && tls === 'none',
        'hsts',
        'must not be set without https: browsers ignore it (RFC 6797, 8.1)',
      ),
      when(
        values.role !== 'canary' && values.pathPrefix !== undefined && names.length === 0,
        'pathPrefix',
        'must not be set without hosts',
      ),
    ];
  }),
  rule([...edgeFields, 'httpPort', 'httpsPort', 'redis', 'redisPort'], (values) => {
    const { role, target, hostStack, httpPort, httpsPort, redis, redisPort } = values;
    if (role === 'canary' || hostStack !== undefined || !proxiesServeHttps(tlsOf(values))) {
      return [];
    }
    return [
      when(
        httpsPort === httpPort,
        'httpsPort',
        `must differ from httpPort, because a proxy serves both, got ${httpsPort}`,
      ),
      when(
        redis === 'container' && httpsPort === redisPort,
        'redisPort',
        `must differ from httpsPort, because a host has both, got ${redisPort}`,
      ),
      when(
        target !== 'docker' && httpsPort < firstUnprivilegedPort,
        'httpsPort',
        `must be at least ${firstUnprivilegedPort}, the first port that hosts give to a proxy without root, got ${httpsPort}`,
      ),
    ];
  }),
  rule(['trustedProxies'], ({ trustedProxies }) =>
    trustedProxies
      .filter((cidr) => cidr.endsWith('/0'))
      .map((cidr): ConfigProblem => [
        'trustedProxies',
        `must not contain the whole internet: any client could then claim any address, got ${cidr}`,
      ]),
  ),
  rule([...edgeFields, 'dnsZone', 'consoleHost'], (values) => {
    const { dnsZone } = values;
    const names = servedHosts(values);
    if (dnsZone === undefined) return [];
    const tls = tlsOf(values);
    const others = names.filter((name) => name !== dnsZone && !name.endsWith(`.${dnsZone}`));
    return [
      when(names.length === 0, 'dnsZone', 'must not be set without hosts'),
      when(
        names.length > 0 && values.role !== 'canary' && tls !== 'loadBalancer',
        'dnsZone',
        `must not be set with tls ${tls}: make the records of the output hostAddresses yourself`,
      ),
      ...others.map((name): ConfigProblem => [
        'dnsZone',
        `must be the zone of ${name}, got ${dnsZone}`,
      ]),
    ];
  }),
];
