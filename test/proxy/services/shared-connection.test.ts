import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { testCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { H2Client } from '../http/h2/support/h2-client.ts';
import { test } from './fixtures.ts';

/** Options of a proxy whose certificate, in files, has these hosts. */
async function certificateOptions(hosts: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-shared-connection-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { chainPem, privateKeyPem } = testCertificate({ hosts });
  const [chain, key] = [join(folder, 'chain.pem'), join(folder, 'key.pem')];
  await writeFile(chain, chainPem);
  await writeFile(key, privateKeyPem, { mode: 0o600 });
  return ['--tls', 'certificate', '--certificate', chain, '--private-key', key];
}

test('requests to two services on one connection of HTTP/2 are routed and counted by service', async ({
  member,
  release,
  routes,
  startAgain,
}) => {
  const services = ['shop', 'blog', 'wiki'];
  for (const service of services) {
    await release(service, [await member(`${service}-1`)]);
    await routes.set({ service, hosts: [`${service}.example`], tls: 'certificate' });
  }
  const files = await certificateOptions(['shop.example', 'blog.example']);
  const proxy = await startAgain('--tls-listen', '127.0.0.1:0', ...files);
  await proxy.untilGeneration(1);
  using client = await H2Client.connectSecurely(proxy.tlsPort, 'shop.example');
  await until(async () => (await client.ask({ ':authority': 'blog.example' })).status === 200);
  const countOf = async (service: string) => {
    const found = await proxy.metrics('requests_total', `service="${service}"`, 'status="2xx"');
    return Number(found[0]?.split(' ').at(-1) ?? 0);
  };
  const before = await Promise.all(services.map(countOf));

  const authorities = Array.from({ length: 40 }, (_, index) =>
    index % 4 === 0 ? 'BLOG.example:443' : 'shop.example',
  );
  const answers = await Promise.all(
    authorities.map((authority) => client.ask({ ':authority': authority })),
  );
  expect(answers.map(({ body }) => body)).toEqual(
    authorities.map((authority) => (authority === 'shop.example' ? 'shop-1' : 'blog-1')),
  );
  // RFC 9113 section 9.1.1: the certificate must cover the host.
  expect((await client.ask({ ':authority': 'wiki.example' })).status).toBe(421);
  expect((await client.ask({ ':authority': 'shop.example' })).status).toBe(200);

  const after = await Promise.all(services.map(countOf));
  expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([31, 10, 0]);
  const [unfit] = await proxy.metrics('refusals_total', 'cause="certificate-unfit"');
  expect(unfit).toMatch(/ 1$/);
});
