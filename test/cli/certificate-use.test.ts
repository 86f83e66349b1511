import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { CertificateStatusStore } from '../../runtime/store/edge/certificate-status-store.ts';
import {
  acmeCertificateName,
  certificateRecord,
} from '../../runtime/store/edge/certificate-record.ts';
import { EdgeRecords } from '../../runtime/store/edge/edge-records.ts';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { SealingKeys } from '../../runtime/store/edge/sealing-keys.ts';
import { ServiceRegistry } from '../../runtime/store/edge/service-registry.ts';
import { perch } from '../support/processes/perch.ts';
import { testCertificate } from '../support/tls/certificate.ts';
import { test as base } from './fixtures.ts';

const edgeKey = randomBytes(32).toString('base64');
const good = testCertificate({ hosts: ['blog.example', 'www.example'] });

const test = base
  .extend('certificate', ({ environment, redis: _empty }) => async (...args: string[]) => {
    const variables = { ...environment, PERCH_EDGE_KEY: edgeKey };
    const stdin = good.chainPem + good.privateKeyPem;
    return await perch(['certificate', ...args], variables, { stdin });
  })
  .extend('routes', ({ redis }) => new RoutesStore(redis));

test('hosts of another service are refused by name, and shared ones go by their path prefix', async ({
  certificate,
  routes,
}) => {
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  const named = ['set', 'wiki', '--host', 'blog.example'];
  expect(await certificate(...named, '--host', 'no.example')).toMatchObject({
    code: 2,
    stderr:
      'perch: --host must be of no other service: blog.example belongs to service blog; ' +
      'certificate must cover every host: it covers blog.example, www.example, but not no.example\n',
  });
  expect((await certificate('list')).stdout).toBe('no certificates\n');
  expect(await certificate(...named, '--path-prefix', '/wiki')).toMatchObject({ code: 0 });
  await routes.set({ service: 'wiki', hosts: ['blog.example'], pathPrefix: '/w', tls: 'none' });
  expect(await certificate(...named)).toMatchObject({ code: 0 });
});

test('a certificate is marked until a route of its service has one of its hosts', async ({
  certificate,
  routes,
}) => {
  expect((await certificate('set', 'blog')).stdout).toContain(
    '; it is not in use until a route of blog with tls certificate is registered\n',
  );
  await routes.set({ service: 'blog', hosts: ['old.example'], tls: 'certificate' });
  // A stack names the hosts of the route that it registers next.
  const next = await certificate('set', 'blog', '--host', 'www.example');
  expect(next).toMatchObject({ code: 0 });
  expect(next.stdout).toContain(
    '; it is not in use until the route of blog has one of these hosts\n',
  );
  await routes.set({ service: 'blog', hosts: ['www.example'], tls: 'certificate' });
  expect((await certificate('set', 'blog')).stdout).not.toContain('not in use');
  const { certificates } = JSON.parse((await certificate('list', '--json')).stdout);
  expect(certificates).toMatchObject([{ service: 'blog', hostsInUse: ['www.example'] }]);
});

test('the service of the proxies has the names without a route, and ACME those that need one', async ({
  certificate,
  redis,
  routes,
}) => {
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  expect((await certificate('set', 'shop')).stdout).not.toContain('not in use');
  const records = new EdgeRecords(redis, 'shop', new SealingKeys([edgeKey]));
  for (const host of ['a.example', 'b.example']) {
    const ordered = testCertificate({ hosts: [host] });
    await records.put(certificateRecord(acmeCertificateName(host), ordered));
  }
  const status = { host: 'a.example', failures: 0, nextOrderMs: 0 };
  await new CertificateStatusStore(redis, 'shop').write(status);
  const { certificates } = JSON.parse((await certificate('list', '--json')).stdout);
  expect(certificates.map((one: { hostsInUse: string[] }) => one.hostsInUse)).toEqual([
    ['a.example'],
    [],
    ['www.example'],
  ]);
});

test('a stack neither replaces nor removes the certificate of a service that another one owns', async ({
  certificate,
  redis,
}) => {
  await new ServiceRegistry(redis).set('blog', undefined, 'acme/blog/old');
  expect(await certificate('set', 'blog', '--owner', 'acme/blog/old')).toMatchObject({ code: 0 });
  const other = ['--owner', 'acme/blog/new'];
  expect(await certificate('set', 'blog', ...other)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('service blog belongs to stack acme/blog/old, not to'),
  });
  expect(await certificate('remove', 'blog', ...other)).toMatchObject({
    code: 0,
    stdout: 'nothing changed: the certificate of blog belongs to stack acme/blog/old\n',
  });
  const { certificates } = JSON.parse((await certificate('list', '--json')).stdout);
  expect(certificates).toMatchObject([{ service: 'blog' }]);
});
