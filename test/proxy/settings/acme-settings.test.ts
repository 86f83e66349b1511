import { expect, test } from 'vitest';
import { proxySettings, type ProxyArguments } from '../../../runtime/proxy/settings/settings.ts';
import { testCertificate } from '../../support/tls/certificate.ts';

const redis = { PERCH_REDIS_URL: 'redis://127.0.0.1:6379', PERCH_SERVICE: 'shop' };
const edgeKey = Buffer.alloc(32, 7).toString('base64');
const environment = { ...redis, PERCH_EDGE_KEY: edgeKey };
const ca = testCertificate({ hosts: ['ca.internal'], isAuthority: true }).chainPem;
const acme = { tls: 'acme', tlsListen: '127.0.0.1:0', host: ['shop.test'] };

test('the settings take the authority, its address for mail and its certificate', () => {
  const given = {
    ...acme,
    acmeDirectory: 'https://ca.internal:14000/dir',
    acmeEmail: 'ops@shop.test',
    publicAddress: ['198.51.100.4', '2001:db8::4'],
  };
  const settings = proxySettings(given, { ...environment, PERCH_ACME_CA_CERTIFICATE: ca });
  expect(settings).toMatchObject({
    tls: 'acme',
    hosts: ['shop.test'],
    edgeKeys: [edgeKey],
    acme: {
      directoryUrl: given.acmeDirectory,
      email: given.acmeEmail,
      caCertificate: ca,
      publicAddresses: given.publicAddress,
    },
  });
});

test.each<{ given: ProxyArguments; without?: string; problem: string }>([
  { given: { ...acme, host: [] }, problem: '--host must be set with --tls acme' },
  { given: acme, without: 'PERCH_EDGE_KEY', problem: 'PERCH_EDGE_KEY must be set with --tls acme' },
  {
    given: { ...acme, document: 'release.json' },
    problem: '--tls must not be acme with --document: proxies share the certificates by Redis',
  },
  { given: { ...acme, host: ['*.shop.test'] }, problem: 'http-01 cannot prove one' },
  ...['http://ca.test/dir', 'https://ca.test', 'https://me:secret@ca.test/dir', 'ca.test'].map(
    (acmeDirectory) => ({
      given: { ...acme, acmeDirectory },
      problem: '--acme-directory must be an https URL with a path, without user or password',
    }),
  ),
  ...['ops', 'a@b.test,c@d.test', 'ops@shop.test?cc=x@y.test', ''].map((acmeEmail) => ({
    given: { ...acme, acmeEmail },
    problem: '--acme-email must be one email address',
  })),
  {
    given: { ...acme, publicAddress: ['shop.test'] },
    problem: '--public-address.0 must be an IP address, got shop.test',
  },
])('the options $given are refused', ({ given, without, problem }) => {
  const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => name !== without));
  expect(() => proxySettings(given, rest)).toThrow(
    expect.objectContaining({ code: 'bad_input', message: expect.stringContaining(problem) }),
  );
});

test.each(['/etc/ca.pem', '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----'])(
  'a certificate of the authority that is none is refused: %s',
  (PERCH_ACME_CA_CERTIFICATE) => {
    expect(() => proxySettings(acme, { ...environment, PERCH_ACME_CA_CERTIFICATE })).toThrow(
      'PERCH_ACME_CA_CERTIFICATE must be certificates in PEM, not the name of a file',
    );
  },
);
