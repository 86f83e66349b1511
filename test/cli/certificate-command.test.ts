import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import {
  acmeCertificateName,
  certificateIn,
  certificateRecord,
} from '../../runtime/store/edge/certificate-record.ts';
import { EdgeRecords } from '../../runtime/store/edge/edge-records.ts';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { SealingKeys } from '../../runtime/store/edge/sealing-keys.ts';
import { ProxyReports } from '../../runtime/store/release/proxy-reports.ts';
import { perch } from '../support/processes/perch.ts';
import { testCertificate, type TestCertificate } from '../support/tls/certificate.ts';
import { until } from '../support/until.ts';
import { report, test as base } from './fixtures.ts';

const edgeKey = randomBytes(32).toString('base64');
const hosts = ['blog.example', '*.blog.example'];
const authority = testCertificate({ hosts: ['authority.test'], isAuthority: true });
const good = testCertificate({ hosts, issuer: authority });
const expired = testCertificate({ hosts, notAfterMs: Date.now() - 60_000 });
const unborn = testCertificate({ hosts, notBeforeMs: Date.now() + 3_600_000 });
const other = testCertificate({ hosts });
const locked = (type: 'sec1' | 'pkcs8') =>
  String(
    good.privateKey.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'a-secret' }),
  );
const pemOf = ({ chainPem, privateKeyPem }: TestCertificate) => chainPem + privateKeyPem;

const test = base
  .extend('records', ({ redis }) => new EdgeRecords(redis, 'shop', new SealingKeys([edgeKey])))
  .extend('certificate', ({ environment, redis: _empty }) => {
    return async (args: string[], stdin = '', overrides: Record<string, string> = {}) => {
      const variables = { ...environment, PERCH_EDGE_KEY: edgeKey, ...overrides };
      const ended = await perch(['certificate', ...args], variables, { stdin });
      expect(ended.stdout + ended.stderr).not.toMatch(/PRIVATE KEY|the-secret/);
      return ended;
    };
  });

test('a certificate is stored sealed, listed without secrets, and removed', async ({
  certificate,
  records,
  redis,
}) => {
  const set = await certificate(['set', 'blog'], `Subject: a comment\n${pemOf(good)}`);
  const minute = `${new Date(good.notAfterMs).toISOString().slice(0, 16)}Z`;
  expect(set).toMatchObject({ code: 0, stderr: '' });
  expect(set.stdout).toBe(
    `certificate of blog for blog.example, *.blog.example until ${minute} is stored, ` +
      'but no live proxy takes certificates from Redis; ' +
      'it is not in use until a route of blog with tls certificate is registered\n',
  );
  const stored = JSON.stringify(await redis.hgetall(redisKeys('shop').certificates));
  expect(stored).not.toContain('PRIVATE KEY');
  const [record] = (await records.read()).records;
  expect(record && certificateIn(record)).toMatchObject({
    hosts,
    chainPem: good.chainPem,
    privateKeyPem: good.privateKeyPem.trim(),
  });
  const acme = testCertificate({ hosts: ['shop.example'] });
  await records.put(certificateRecord(acmeCertificateName('shop.example'), acme));
  // The list needs no key.
  const { stdout } = await certificate(['list'], '', { PERCH_EDGE_KEY: '' });
  expect(stdout).toBe(
    'HOSTS                         SOURCE             UNTIL              IN USE FOR\n' +
      `shop.example                  acme               ${minute}  none\n` +
      `blog.example, *.blog.example  own, service blog  ${minute}  none\n`,
  );
  const { certificates } = JSON.parse((await certificate(['list', '--json'])).stdout);
  expect(certificates[1]).toMatchObject({ hosts, source: 'own', service: 'blog' });
  expect(await certificate(['remove', 'blog'])).toMatchObject({
    code: 0,
    stdout: 'certificate of blog is removed, but no live proxy takes certificates from Redis\n',
  });
  const deployed = { PERCH_HOST: 'web-1' };
  expect(await certificate(['remove', 'blog'], '', deployed)).toMatchObject({
    code: 0,
    stdout: 'nothing changed: service blog has no certificate of its own\n',
  });
  const again = await certificate(['remove', 'blog', '--json'], '', deployed);
  expect(JSON.parse(again.stdout)).toEqual({ service: 'blog', removed: false, proxies: [] });
  expect((await certificate(['list'])).stdout).not.toContain('blog');
});

test.for([
  [
    'nothing',
    '',
    [
      'certificate chain in PEM, but is empty',
      'privateKey must be a private key in PEM, but there',
    ],
  ],
  ['no PEM', 'a secret text', ['certificate chain in PEM, but holds no BEGIN line of PEM']],
  ['other PEM', '-----BEGIN PKCS7-----', ['certificate chain in PEM, but holds PEM of PKCS7']],
  ['no key', good.chainPem, ['privateKey must be a private key in PEM']],
  ['a password', good.chainPem + locked('pkcs8'), ['privateKey must be a private key that no']],
  [
    'a password in the traditional form',
    good.chainPem + locked('sec1'),
    ['privateKey must be a private key that no password protects'],
  ],
  [
    'two keys in the traditional form',
    good.chainPem + locked('sec1') + locked('sec1'),
    ['stdin must hold one private key'],
  ],
  ['two keys', pemOf(good) + other.privateKeyPem, ['stdin must hold one private key']],
  ['another key', good.chainPem + other.privateKeyPem, ['certificate must match the private key']],
  [
    'a wrong order',
    authority.chainPem + good.certificatePem + good.privateKeyPem,
    ['the certificate of the private key first'],
  ],
  ['an old one', pemOf(expired), ['certificate must not have expired: CN=blog.example did on']],
  [
    'a curve that TLS does not offer',
    pemOf(testCertificate({ hosts, namedCurve: 'secp256k1' })),
    ['certificate must have a key of a curve that TLS offers', 'but has secp256k1'],
  ],
  ['a future one', pemOf(unborn), ['certificate must be valid already: CN=blog.example will be']],
  [
    'all of it at once',
    expired.chainPem,
    ['certificate must not have expired', '; privateKey must be a private key in PEM'],
  ],
] as const)(
  'a bad certificate is refused: %s',
  async ([, stdin, rules], { certificate, redis }) => {
    const { code, stderr } = await certificate(['set', 'blog'], stdin);
    expect(code).toBe(2);
    for (const rule of rules) expect(stderr).toContain(rule);
    expect(await redis.exists(redisKeys('shop').certificates)).toBe(0);
  },
);

test('a missing or foreign key, and a bad name, are named', async ({ certificate, records }) => {
  const without = await certificate(['set', 'Blog!'], '', { PERCH_EDGE_KEY: '' });
  expect(without.stderr).toMatch(
    /^perch: service must be .*, got Blog!; PERCH_EDGE_KEY must be set, because it seals private keys; certificate must hold/,
  );
  expect((await certificate(['remove', 'blog'], '', { PERCH_EDGE_KEY: 'short' })).stderr).toBe(
    'perch: PERCH_EDGE_KEY must be keys of 32 bytes in base64, separated by commas\n',
  );
  await records.put(certificateRecord(acmeCertificateName('shop.example'), good));
  const foreign = { PERCH_EDGE_KEY: randomBytes(32).toString('base64') };
  expect(await certificate(['set', 'blog'], pemOf(good), foreign)).toMatchObject({
    code: 2,
    stderr:
      'perch: PERCH_EDGE_KEY must hold a key of the proxies: it opens nothing of what they stored\n',
  });
});

test("hosts of the service's route must be covered, or those that are named", async ({
  certificate,
  redis,
}) => {
  const routed = ['blog.example', 'www.example'];
  await new RoutesStore(redis).set({ service: 'blog', hosts: routed, tls: 'acme' });
  expect(await certificate(['set', 'blog'], pemOf(good))).toMatchObject({
    code: 2,
    stderr:
      'perch: certificate must cover every host: it covers blog.example, *.blog.example, but not www.example\n',
  });
  const named = ['set', 'blog', '--host', 'a.blog.example', '--host'];
  expect((await certificate([...named, 'b.a.blog.example'], pemOf(good))).code).toBe(2);
  expect((await certificate([...named, '*.blog.example'], pemOf(good))).code).toBe(0);
});

test('a certificate that a route needs is not removed', async ({ certificate, redis }) => {
  await certificate(['set', 'blog'], pemOf(good));
  const routes = new RoutesStore(redis);
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'certificate' });
  expect(await certificate(['remove', 'blog'])).toMatchObject({
    code: 1,
    stderr:
      'perch: the route of blog has tls certificate, so blog.example would answer no https; ' +
      'change or remove the route first\n',
  });
  await routes.remove('blog');
  expect((await certificate(['remove', 'blog'])).code).toBe(0);
});

test('a change waits for every live proxy that takes certificates from Redis, and for no other', async ({
  certificate,
  records,
  reportForLong,
}) => {
  await reportForLong({ id: 'new', ownCertificates: {} });
  await reportForLong({ id: 'plain' });
  const late = await certificate(['set', 'blog', '--timeout', '0'], pemOf(good));
  expect(late).toMatchObject({
    code: 1,
    stderr: 'perch: the certificate of blog is stored, but not applied yet by new\n',
  });
  const [before] = await records.list();
  await reportForLong({ id: 'new', ownCertificates: {} });
  const set = certificate(['set', 'blog'], pemOf(good));
  const revision = await until(async () => {
    const [record] = await records.list();
    return record?.revision !== before?.revision && record?.revision;
  });
  await reportForLong({ id: 'new', ownCertificates: { blog: { revision } } });
  expect((await set).stdout).toContain('is stored, and applied by new; it is not');
});

test('a guest is told whose keys the proxies look at', async ({
  certificate,
  redis,
  reportForLong,
}) => {
  await reportForLong({ id: 'new', ownCertificates: {} });
  await new ProxyReports(redis, 'blog').write(report({ id: 'new' }));
  const refused = await certificate(['set', 'blog'], pemOf(good), { PERCH_SERVICE: 'blog' });
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'perch: PERCH_SERVICE must be the service of the proxies, shop, got blog\n',
  });
});
