import type { TLSSocket } from 'node:tls';
import { expect } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import { perch } from '../../support/processes/perch.ts';
import { testCertificate, type TestCertificate } from '../../support/tls/certificate.ts';
import { until } from '../../support/until.ts';
import { edgeKey, test as base } from './fixtures.ts';

const hosts = ['blog.example'];
/** The proxy has no certificate, or none for the name. */
const noHandshake = /disconnected before secure TLS|ECONNRESET|unrecognized name/;
const request = 'GET / HTTP/1.1\r\nHost: blog.example\r\n\r\n';

const test = base.extend('certificate', ({ server }) => {
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
  return async (verb: string, given?: TestCertificate): Promise<string> => {
    const { code, stdout, stderr } = await perch(
      ['certificate', verb, 'blog'],
      { ...environment, PERCH_EDGE_KEY: edgeKey },
      { stdin: given === undefined ? '' : given.chainPem + given.privateKeyPem },
    );
    return code === 0 ? stdout : stderr;
  };
});

/** Certificate of a connection, PEM. */
function presented({ socket }: RawClient): string | undefined {
  return (socket as TLSSocket).getPeerX509Certificate()?.toString();
}

test('a certificate is served once perch certificate set returns, replaced under an open connection, and gone once it is removed', async ({
  certificate,
  httpsProxy: proxy,
  member,
  redis,
  release,
  routes,
  startAgain,
}) => {
  await release('blog', [await member('blog-1')]);
  await routes.set({ service: 'blog', hosts, tls: 'certificate' });
  const connect = () => RawClient.connectSecurely(proxy.tlsPort, { servername: 'blog.example' });
  await expect(connect()).rejects.toThrow(noHandshake);

  const first = testCertificate({ hosts });
  expect(await certificate('set', first)).toMatch(/ is stored, and applied by test-/);
  using open = await connect();
  expect(presented(open)).toBe(first.certificatePem);
  const ask = async () => {
    await open.send(request);
    return (await open.response()).body.toString();
  };
  // Before the proxy knows the route, the request is the own service's.
  await until(async () => (await ask()) === 'blog-1', { what: 'the route of blog' });

  const second = testCertificate({ hosts, keyType: 'rsa' });
  await certificate('set', second);
  using other = await connect();
  expect(presented(other)).toBe(second.certificatePem);
  expect(await ask()).toBe('blog-1');

  expect(await certificate('remove')).toContain('change or remove the route first');
  await routes.set({ service: 'blog', hosts, tls: 'none' });
  expect(await certificate('remove')).toMatch(/is removed, and applied by test-/);
  await expect(connect()).rejects.toThrow(noHandshake);
  expect(await ask()).toBe('blog-1');

  // Neither a Redis that lost it nor a new proxy brings it back.
  await redis.flushall();
  const again = await startAgain('--tls-listen', '127.0.0.1:0');
  await expect(
    RawClient.connectSecurely(again.tlsPort, { servername: 'blog.example' }),
  ).rejects.toThrow(noHandshake);
});
