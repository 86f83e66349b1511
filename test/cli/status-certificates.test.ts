import { expect } from 'vitest';
import { edgeKeys } from '../../runtime/contract/redis-keys.ts';
import {
  certificateRecord,
  ownCertificateName,
} from '../../runtime/store/edge/certificate-record.ts';
import { CertificateStatusStore } from '../../runtime/store/edge/certificate-status-store.ts';
import { EdgeRecords } from '../../runtime/store/edge/edge-records.ts';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { SealingKeys } from '../../runtime/store/edge/sealing-keys.ts';
import { StagedRelease } from '../support/judge/monitor.ts';
import { perch } from '../support/processes/perch.ts';
import { testCertificate } from '../support/tls/certificate.ts';
import { test as base } from './fixtures.ts';

const blog = { ...testCertificate({ hosts: ['blog.test', 'www.test'] }), notBeforeMs: 0 };
const [past, future] = [Date.UTC(2026, 0, 1), Date.UTC(2126, 0, 1, 8, 30)];

/** Stores an own certificate of a service with the proxies of shop. */
const test = base.extend('own', ({ redis }) => async (service: string, notAfterMs: number) => {
  const records = new EdgeRecords(redis, 'shop', new SealingKeys(['A'.repeat(43) + '=']));
  await records.put(certificateRecord(ownCertificateName(service), { ...blog, notAfterMs }));
});

test('status of a host stack shows the own certificates of all services with their ends', async ({
  json,
  own,
  run,
  staged: _release,
}) => {
  expect((await run('status')).stdout).not.toContain('OWN CERTIFICATE');
  await own('shop', past);
  await own('blog', future);
  const { stdout } = await run('status');
  expect(stdout).toMatch(/OWN CERTIFICATE OF +VALIDITY +HOSTS/);
  expect(stdout).toMatch(/blog +until 2126-01-01T08:30Z +blog\.test, www\.test/);
  expect(stdout).toMatch(/shop +ended 2026-01-01T00:00Z/);
  expect(stdout).not.toContain('PRIVATE');
  expect(await json('status')).toMatchObject({
    certificates: [],
    ownCertificates: [
      { service: 'blog', hosts: ['blog.test', 'www.test'], notBeforeMs: 0, notAfterMs: future },
      { service: 'shop' },
    ],
  });
});

test('status of a guest shows its own certificate and those by ACME of its hosts alone', async ({
  environment,
  own,
  redis,
  reportForLong,
}) => {
  await reportForLong({ id: 'edge-1-0-a1b2c3', acme: true, ownCertificates: {} });
  await new StagedRelease(redis, 'blog').stage();
  await own('shop', future);
  await own('blog', future);
  const routes = new RoutesStore(redis);
  await routes.set({ service: 'blog', hosts: ['blog.test'], tls: 'acme' });
  const statuses = new CertificateStatusStore(redis, 'shop');
  for (const host of ['blog.test', 'shop.test']) {
    await statuses.write({ host, failures: 0, nextOrderMs: past });
  }
  const status = async () => {
    const ended = await perch(['status', '--json'], { ...environment, PERCH_SERVICE: 'blog' });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(ended.stdout);
  };
  expect(await status()).toMatchObject({
    certificates: [{ host: 'blog.test' }],
    ownCertificates: [{ service: 'blog' }],
  });
  // A status is there to find out what is wrong.
  await redis.set(edgeKeys.routes, 'not JSON');
  expect(await status()).toMatchObject({ certificates: [], ownCertificates: [{}] });
});

test('status shows the certificates of a service that has no release yet', async ({
  json,
  own,
  redis,
  reportForLong,
  run,
}) => {
  const fileCertificate = { hosts: ['shop.test'], notBeforeMs: 0, notAfterMs: past };
  await reportForLong({ id: 'edge-1-0-a1b2c3', acme: true, ownCertificates: {}, fileCertificate });
  const waiting = 'these proxies answer no challenges yet: edge-2-0-a1b2c3';
  const status = { host: 'shop.test', failures: 0, nextOrderMs: 0, waiting };
  await new CertificateStatusStore(redis, 'shop').write(status);
  await own('shop', future);
  const { stdout } = await run('status');
  expect(stdout).toContain('service shop has no release yet');
  expect(stdout).toMatch(/shop\.test +none +now +these proxies answer no challenges yet/);
  expect(stdout).toMatch(/shop +until 2126-01-01T08:30Z +blog\.test/);
  expect(stdout).toMatch(/CERTIFICATE IN FILES ON.*\nedge-1 +ended 2026-01-01T00:00Z +shop\.test/);
  expect(await json('status')).toMatchObject({
    release: null,
    fileCertificates: [{ host: 'edge-1', ...fileCertificate }],
    certificates: [status],
    ownCertificates: [{ service: 'shop', notAfterMs: future }],
  });
});
