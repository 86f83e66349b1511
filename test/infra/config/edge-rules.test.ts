import { expect, test } from 'vitest';
import {
  expiredCertificate,
  authorityPem,
  shopCertificate,
} from '../../support/pulumi/certificates.ts';
import { testCertificate } from '../../support/tls/certificate.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';

const { aws, docker, server } = valid;
const hosts = ['shop.perch.internal'];
const odd = testCertificate({ hosts, namedCurve: 'secp256k1' });
const own = { ...server, hosts, tls: 'certificate' };
const digitalocean = { ...aws, target: 'digitalocean', region: 'fra1' };

test.each([
  ['hosts of a server', { ...server, hosts }],
  ['the short form of one host on a server', { ...server, domain: 'shop.perch.internal' }],
  ['hosts of a cloud with one proxy', { ...aws, hosts, acmeEmail: 'ops@perch.internal' }],
  ['hosts of a cloud with two proxies', { ...digitalocean, hosts, proxyCount: 2 }],
  ['two proxies of a cloud without a load balancer', { ...aws, hosts, proxyCount: 2, tls: 'acme' }],
  ['a certificate of the owner', { ...own, ...shopCertificate }],
  [
    'a chain for a wildcard',
    {
      ...own,
      hosts: ['*.shop.perch.internal', 'a.shop.perch.internal'],
      privateKey: shopCertificate.privateKey,
      certificate: `${shopCertificate.certificate}\n${authorityPem}\n`,
    },
  ],
  [
    'an authority of the owner on target docker',
    {
      ...docker,
      hosts,
      acmeDirectory: 'https://127.0.0.1:14000/dir',
      acmeCaCertificate: authorityPem,
    },
  ],
  ['http for hosts', { ...server, hosts: ['*.perch.internal'], tls: 'none' }],
  [
    'networks in front',
    { ...server, trustedProxies: ['198.18.0.0/24', 'fd00::/8'], hosts, hsts: 300 },
  ],
])('the configuration takes %s', (_name, values) => {
  expect(configProblems(values)).toEqual([]);
});

test.each([
  [
    'a name that is no host',
    { ...server, hosts: ['shop_1.perch.internal'] },
    'perch:hosts.0 must be a host name (RFC 1123): labels of 1 to 63 letters, digits and dashes, with a letter or digit at both ends, got "shop_1.perch.internal"',
  ],
  [
    'a host twice',
    { ...server, hosts: [...hosts, ...hosts] },
    'perch:hosts must not contain shop.perch.internal twice',
  ],
  [
    'a domain beside hosts',
    { ...aws, hosts, domain: 'perch.internal' },
    'perch:domain must not be set together with hosts, of which it is the short form',
  ],
  [
    'a host of the documentation',
    { ...server, hosts: ['shop.example.com'] },
    'perch:hosts.0 must be your own, not a domain for examples (RFC 2606), got shop.example.com',
  ],
  [
    'https without hosts',
    { ...server, tls: 'acme' },
    'perch:tls must not be acme without hosts: a certificate is for names',
  ],
  [
    'a load balancer on target server',
    { ...server, hosts, tls: 'loadBalancer' },
    'perch:tls must not be loadBalancer on target server, which has none',
  ],
  [
    'an order for a wildcard',
    { ...server, hosts: ['*.perch.internal'] },
    'perch:hosts must not contain a wildcard with tls acme, got *.perch.internal: certify it yourself, with tls certificate',
  ],
  ['tls certificate without one', own, 'perch:certificate must be set with tls certificate'],
  [
    'a certificate without its key',
    { ...own, certificate: shopCertificate.certificate },
    'perch:privateKey must be set with tls certificate',
  ],
  [
    'a certificate that nothing serves',
    { ...own, ...shopCertificate, tls: 'acme' },
    'perch:certificate must not be set with tls acme: tls certificate serves it',
  ],
  [
    'a key of another certificate',
    { ...own, ...shopCertificate, privateKey: expiredCertificate.privateKey },
    'perch:privateKey must be the key of the first certificate in certificate (its value is not shown)',
  ],
  [
    'an expired certificate',
    { ...own, ...expiredCertificate },
    'perch:certificate must not be expired, but ended 2021-01-01T00:00:00Z',
  ],
  [
    'a key of a curve that TLS does not offer',
    { ...own, certificate: odd.chainPem, privateKey: odd.privateKeyPem },
    'perch:certificate must have a key of a curve that TLS offers, one of prime256v1, secp384r1, secp521r1, but has secp256k1',
  ],
  [
    'a certificate for other hosts',
    { ...own, ...shopCertificate, hosts: ['perch.internal', 'a.b.shop.perch.internal'] },
    'perch:certificate must cover every host, but lacks perch.internal, a.b.shop.perch.internal; it has shop.perch.internal, *.shop.perch.internal',
  ],
  [
    'a chain in the wrong order',
    {
      ...own,
      privateKey: shopCertificate.privateKey,
      certificate: [shopCertificate, expiredCertificate]
        .map(({ certificate }) => certificate)
        .join('\n'),
    },
    "perch:certificate must have each certificate's issuer after it, the hosts' own first: number 2 did not issue number 1",
  ],
  [
    'a certificate that is none',
    {
      ...own,
      ...shopCertificate,
      certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
    },
    expect.stringMatching(
      /^perch:certificate must be certificates in PEM, the one of the hosts first, got /,
    ),
  ],
  [
    'an authority of tls none',
    { ...server, hosts, tls: 'none', acmeDirectory: 'https://ca.perch.internal/dir' },
    'perch:acmeDirectory must not be set with tls none: nothing is ordered',
  ],
  [
    "an authority's certificate of tls none",
    { ...server, hosts, tls: 'none', acmeCaCertificate: authorityPem },
    'perch:acmeCaCertificate must not be set with tls none: nothing is ordered',
  ],
  [
    "an authority's certificate without the authority",
    { ...server, hosts, acmeCaCertificate: authorityPem },
    "perch:acmeCaCertificate must not be set without acmeDirectory: Let's Encrypt is trusted by itself",
  ],
  [
    "a file in place of an authority's certificate",
    {
      ...server,
      hosts,
      acmeDirectory: 'https://ca.perch.internal/dir',
      acmeCaCertificate: '/etc/ca.pem',
    },
    'perch:acmeCaCertificate must be certificates in PEM, got "/etc/ca.pem"',
  ],
  [
    'a public authority on target docker',
    { ...docker, hosts },
    'perch:acmeDirectory must be set on target docker with tls acme: a public authority does not reach this machine',
  ],
  [
    'a port that no public authority asks',
    { ...server, hosts, httpPort: 8080 },
    'perch:httpPort must be 80 with tls acme, where a public authority asks for its challenge (RFC 8555, 8.3), got 8080',
  ],
  [
    'HSTS without https',
    { ...server, hosts, tls: 'none', hsts: 300 },
    'perch:hsts must not be set without https: browsers ignore it (RFC 6797, 8.1)',
  ],
  [
    'a path of no host',
    { ...server, pathPrefix: '/api' },
    'perch:pathPrefix must not be set without hosts',
  ],
  [
    'a path that climbs',
    { ...server, hosts, pathPrefix: '/api/..' },
    'perch:pathPrefix must not hold dot segments, got "/api/.."',
  ],
  [
    'one port for http and https',
    { ...server, hosts, httpsPort: 80 },
    'perch:httpsPort must differ from httpPort, because a proxy serves both, got 80',
  ],
  [
    'one port for https and Redis',
    { ...server, hosts, redisPort: 443 },
    'perch:redisPort must differ from httpsPort, because a host has both, got 443',
  ],
  [
    'trust in everyone',
    { ...server, trustedProxies: ['0.0.0.0/0'] },
    'perch:trustedProxies must not contain the whole internet: any client could then claim any address, got 0.0.0.0/0',
  ],
  [
    'a zone that nothing writes to',
    { ...aws, hosts, dnsZone: 'perch.internal' },
    'perch:dnsZone must not be set with tls acme: make the records of the output hostAddresses yourself',
  ],
  [
    'hosts in a canary stack',
    { ...aws, role: 'canary', prodStack: 'o/perch/prod', hosts },
    'perch:hosts must not be set in role canary: clients reach it by its prod stack',
  ],
])('the configuration refuses %s', (_name, values, expected) => {
  expect(configProblems(values)).toContainEqual(expected);
});

test('the configuration tells every problem of a certificate at once, and shows no key', () => {
  const problems = configProblems({
    ...own,
    certificate: expiredCertificate.certificate,
    privateKey: shopCertificate.privateKey,
    hosts: ['perch.internal'],
  });
  expect(problems).toHaveLength(3);
  expect(problems.join('\n')).not.toContain(shopCertificate.privateKey.split('\n')[1]);
});

test('the configuration refuses a private key in the clear', () => {
  expect(configProblems({ ...own, ...shopCertificate }, new Set(['perch:sshPrivateKey']))).toEqual([
    'perch:privateKey must be encrypted: set it with pulumi config set --secret',
  ]);
});
