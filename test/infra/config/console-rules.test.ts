import { expect, test } from 'vitest';
import { consoleOrigin } from '../../../infra/config/console.ts';
import { shopCertificate } from '../../support/pulumi/certificates.ts';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const consoleSignIn = {
  issuer: 'https://id.perch.internal',
  clientId: 'perch',
  users: ['ann@perch.internal', '@ops.perch.internal'],
};
const shown = {
  hosts: ['shop.perch.internal'],
  consoleHost: 'console.perch.internal',
  consoleSignIn,
  consoleClientSecret: 'a-secret-of-the-client',
};
const { server, aws } = valid;

test.each([
  ['a server', { ...server, ...shown }],
  [
    'a server, with viewers',
    { ...server, ...shown, consoleSignIn: { ...consoleSignIn, viewers: ['@perch.internal'] } },
  ],
  ['a cloud with a load balancer', { ...aws, ...shown, proxyCount: 2 }],
])('a console of its own host name is allowed on %s', (_name, values) => {
  expect(configProblems(values)).toEqual([]);
});

const guest = { ...server, servers: [], registry: '', service: 'blog', hostStack: 'a/b/c' };

test.each([
  [
    'without a sign-in',
    { ...server, ...shown, consoleSignIn: {}, consoleClientSecret: '' },
    [
      'perch:consoleSignIn must be set with consoleHost: without a sign-in, anybody could change the release',
      'perch:consoleClientSecret must be set with consoleHost',
    ],
  ],
  [
    'without a host name',
    { ...server, ...shown, consoleHost: '' },
    [
      'perch:consoleSignIn must not be set without consoleHost',
      'perch:consoleClientSecret must not be set without consoleHost',
    ],
  ],
  [
    'for a service without hosts',
    { ...server, ...shown, hosts: [] },
    [
      'perch:consoleHost must not be set without hosts: the proxies would refuse every host name but that of the console',
    ],
  ],
  [
    'without https',
    { ...server, ...shown, tls: 'none' },
    ['perch:consoleHost must not be set with tls none: whoever signs in needs https'],
  ],
  [
    "at the service's own host",
    { ...server, ...shown, consoleHost: 'shop.perch.internal' },
    ["perch:consoleHost must not be one of the service's own hosts, got shop.perch.internal"],
  ],
  [
    'for a wildcard',
    { ...server, ...shown, consoleHost: '*.perch.internal' },
    ['perch:consoleHost must be no wildcard, got *.perch.internal'],
  ],
  [
    'in a canary stack',
    { ...server, ...shown, role: 'canary', prodStack: 'a/b/c', hosts: [] },
    ['perch:consoleHost must not be set in role canary: set it in its prod stack'],
  ],
  [
    'in a guest',
    { ...guest, ...shown },
    ['perch:consoleHost must not be set in a guest: it belongs to hostStack'],
  ],
  [
    'for a service with the longest name',
    { ...server, ...shown, service: 's'.repeat(60) },
    [expect.stringMatching(/^perch:service must be short enough that s{60}-console/)],
  ],
  [
    'with a viewer who is a user too',
    { ...server, ...shown, consoleSignIn: { ...consoleSignIn, viewers: ['ann@perch.internal'] } },
    ['perch:consoleSignIn.viewers must not name whom users names, got "ann@perch.internal"'],
  ],
  [
    'with a sign-in that is none',
    {
      ...server,
      ...shown,
      consoleSignIn: { issuer: 'http://id.perch.internal', users: ['ann'], viewer: [] },
      consoleClientSecret: 'short',
    },
    [
      'perch:consoleSignIn.issuer must be the https URL of the provider, without user, query and fragment, got "http://id.perch.internal"',
      expect.stringMatching(/^perch:consoleSignIn.clientId must be 1 to 200 printable/),
      'perch:consoleSignIn.users.0 must hold email addresses, or @DOMAIN for a whole domain, got "ann"',
      'perch:consoleSignIn.viewer is not known; did you mean viewers?',
      'perch:consoleClientSecret must be at least 16 characters, because it also seals the sessions (its value is not shown)',
    ],
  ],
  [
    'with an issuer that has a user',
    {
      ...server,
      ...shown,
      consoleSignIn: { ...consoleSignIn, issuer: 'https://ann@id.perch.internal' },
    },
    [expect.stringMatching(/^perch:consoleSignIn.issuer must be the https URL of the provider/)],
  ],
])('a console is refused %s', (_name, values, problems) => {
  expect(configProblems(values)).toEqual(problems);
});

test("the client's secret must be encrypted", () => {
  expect(configProblems({ ...server, ...shown }, new Set(['perch:sshPrivateKey']))).toEqual([
    'perch:consoleClientSecret must be encrypted: set it with pulumi config set --secret',
  ]);
});

test('the address of the console has the port of https, unless that is the usual one', () => {
  expect(consoleOrigin(configFor('server', shown))).toBe('https://console.perch.internal');
  const odd = configFor('server', { ...shown, httpsPort: 8443 });
  expect(consoleOrigin(odd)).toBe('https://console.perch.internal:8443');
  expect(consoleOrigin(configFor('docker'))).toBeUndefined();
});

test('a certificate of the owner must cover the console too', () => {
  const own = { ...server, ...shown, tls: 'certificate', ...shopCertificate };
  expect(configProblems({ ...own, hosts: ['shop.perch.internal'] })).toEqual([
    expect.stringContaining('console.perch.internal'),
  ]);
  expect(configProblems({ ...own, consoleHost: 'console.shop.perch.internal' })).toEqual([]);
});
