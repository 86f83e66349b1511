import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { edgeKeys } from '../../../runtime/contract/redis-keys.ts';
import { afterFailure, firstStatus } from '../../../runtime/core/edge/certificate-status.ts';
import {
  certificateProblems,
  certificateResolution,
} from '../../../runtime/monitor/judge/certificate-problems.ts';
import { SharedCertificates } from '../../../runtime/monitor/services/shared-certificates.ts';
import { CertificateStatusStore } from '../../../runtime/store/edge/certificate-status-store.ts';
import { RoutesStore } from '../../../runtime/store/edge/routes-store.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { test } from '../../support/fixtures.ts';

const hosts = ['shop.example.com', 'blog.example.com', 'wiki.example.com', 'old.example.com'];
const failure = { kind: 'validation', text: 'Timeout during connect' } as const;

/** Proxies of shop whose orders for all hosts fail; blog has a channel, and wiki has none. */
async function failing(redis: Redis): Promise<SharedCertificates> {
  const routes = new RoutesStore(redis);
  for (const service of ['shop', 'blog', 'wiki']) {
    await routes.set({ service, hosts: [`${service}.example.com`], tls: 'acme' });
  }
  const statuses = new CertificateStatusStore(redis, 'shop');
  for (const host of hosts) await statuses.write(afterFailure(firstStatus(host), failure, 0));
  const ending = { revision: 1, notBeforeMs: 0, notAfterMs: 2 };
  await new ProxyReports(redis, 'shop').write({
    id: 'proxy-1',
    generation: 1,
    condition: 'fresh',
    inFlight: {},
    memberHealth: {},
    acme: true,
    ownCertificates: { shop: ending, blog: ending, wiki: ending },
  });
  return new SharedCertificates({
    redis,
    edgeService: 'shop',
    hasChannel: (service) => service !== 'wiki',
  });
}

async function inputsOf(certificates: SharedCertificates, service: string) {
  return { ...(await certificates.readerFor(service).read([])), nowMs: 3 };
}

test("what fails is an incident of its own service, and of the host stack if nobody's or without a channel", async ({
  redis,
}) => {
  const certificates = await failing(redis);
  const subjectsOf = async (service: string) => {
    const problems = certificateProblems(await inputsOf(certificates, service));
    return [...new Set(problems.map(({ subject }) => subject))].toSorted();
  };
  expect(await subjectsOf('blog')).toEqual(['blog.example.com', 'own:blog']);
  expect(await subjectsOf('wiki')).toEqual(['own:wiki', 'wiki.example.com']);
  expect(await subjectsOf('shop')).toEqual([
    'old.example.com',
    'own:shop',
    'own:wiki',
    'shop.example.com',
    'wiki.example.com',
  ]);
});

test('an incident names the service of its host', async ({ redis }) => {
  const certificates = await failing(redis);
  const inputs = await inputsOf(certificates, 'shop');
  const summaries = certificateProblems(inputs).map(({ details }) => details.summary);
  expect(summaries.find((text) => text.includes('wiki.example.com'))).toMatch(
    /^wiki\.example\.com of service wiki has no certificate: /,
  );
  expect(summaries.find((text) => text.includes('old.example.com'))).toMatch(
    /^old\.example\.com has no certificate: /,
  );
});

test('an incident of the host stack ends once it is one of another service', async ({ redis }) => {
  const inputs = await inputsOf(await failing(redis), 'shop');
  expect(certificateResolution('blog.example.com', inputs).summary).toBe(
    'blog.example.com is an incident of service blog now',
  );
  expect(certificateResolution('own:blog', inputs).summary).toBe(
    'the own certificate of service blog is an incident of service blog now',
  );
  const blog = await inputsOf(await failing(redis), 'blog');
  expect(certificateResolution('gone.example.com', blog).summary).toBe(
    'gone.example.com needs no certificate any more',
  );
});

test('routes that cannot be read stop no judge: the last good ones count', async ({ redis }) => {
  const certificates = await failing(redis);
  await redis.set(edgeKeys.routes, 'not JSON');
  const { certificates: statuses } = await inputsOf(certificates, 'blog');
  expect(statuses).toHaveLength(hosts.length);
});
