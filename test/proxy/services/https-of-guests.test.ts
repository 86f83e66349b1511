import type { TLSSocket } from 'node:tls';
import { expect } from 'vitest';
import { RawClient, type Answer } from '../../support/http/raw-client.ts';
import type { ProxyProcess } from '../../support/processes/proxy-process.ts';
import { until } from '../../support/until.ts';
import { H2Client } from '../http/h2/support/h2-client.ts';
import { test } from './fixtures.ts';

const hstsField = 'strict-transport-security';

function fieldOf({ fields }: Answer, name: string): string | undefined {
  return fields.find(([field]) => field.toLowerCase() === name)?.[1];
}

async function plainAnswer(proxy: ProxyProcess, host: string, path = '/'): Promise<Answer> {
  using client = await RawClient.connect(Number(proxy.listening.split(':').at(-1)));
  await client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return await client.response();
}

/** Answer to a request by https. @param servername default: the host. */
async function secureAnswer(
  proxy: ProxyProcess,
  at: string,
  servername = at.split('/', 1)[0],
): Promise<Answer> {
  const [host = '', ...path] = at.split('/');
  using client = await RawClient.connectSecurely(proxy.tlsPort, { servername });
  await client.send(`GET /${path.join('/')} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return await client.response();
}

/** Certificate for a name, PEM; undefined if the proxy has none. */
async function certificateFor(
  { tlsPort }: ProxyProcess,
  servername: string,
): Promise<string | undefined> {
  try {
    using client = await RawClient.connectSecurely(tlsPort, { servername });
    return (client.socket as TLSSocket).getPeerX509Certificate()?.toString();
  } catch {
    // The proxy refuses the name.
    return undefined;
  }
}

async function untilServed(proxy: ProxyProcess, host: string, pem: string): Promise<void> {
  await until(async () => (await certificateFor(proxy, host)) === pem, {
    what: `the certificate of ${host}`,
  });
}

test('http of a guest is redirected and its https has HSTS, by its own route alone', async ({
  certify,
  httpsProxy: proxy,
  member,
  release,
  routes,
}) => {
  const { certificatePem } = await certify('blog', ['blog.example', 'plain.example']);
  await release('blog', [await member('blog-1')]);
  const tls = 'certificate';
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls, hstsSeconds: 600 });
  await routes.set({ service: 'plain', hosts: ['plain.example'], tls: 'none' });
  await untilServed(proxy, 'blog.example', certificatePem);
  await until(async () => (await plainAnswer(proxy, 'blog.example')).status === 308);
  // It has no members.
  await until(async () => (await plainAnswer(proxy, 'plain.example')).status === 503);

  const redirect = await plainAnswer(proxy, 'Blog.example:80', '/a?b');
  expect(fieldOf(redirect, 'location')).toBe('https://blog.example/a?b');
  expect(fieldOf(redirect, hstsField)).toBeUndefined();
  expect((await plainAnswer(proxy, 'other.example')).status).toBe(200);

  const secure = await secureAnswer(proxy, 'blog.example/');
  expect(secure.body.toString()).toBe('blog-1');
  expect(fieldOf(secure, hstsField)).toBe('max-age=600');
  using http2 = await H2Client.connectSecurely(proxy.tlsPort, 'blog.example');
  const { headers, body } = await http2.ask({ ':authority': 'blog.example' });
  expect({ body, hsts: headers[hstsField] }).toEqual({ body: 'blog-1', hsts: 'max-age=600' });
  // Nothing of it is left once the route says otherwise.
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await until(async () => (await plainAnswer(proxy, 'blog.example')).status === 200);
  expect(fieldOf(await secureAnswer(proxy, 'blog.example/'), hstsField)).toBeUndefined();
});

test('services that share a host have redirect and HSTS each for its paths', async ({
  certify,
  httpsProxy: proxy,
  member,
  release,
  routes,
}) => {
  const { certificatePem } = await certify('blog', ['both.example']);
  for (const service of ['blog', 'api']) await release(service, [await member(`${service}-1`)]);
  const hosts = ['both.example'];
  await routes.set({ service: 'blog', hosts, tls: 'certificate', hstsSeconds: 600 });
  await routes.set({ service: 'api', hosts, pathPrefix: '/api', tls: 'none' });
  await untilServed(proxy, 'both.example', certificatePem);
  // Before the proxy knows the routes, all requests are the own service's, which answers 200 too.
  await until(async () => (await plainAnswer(proxy, 'both.example')).status === 308);
  const apiIsServed = async () =>
    (await plainAnswer(proxy, 'both.example', '/api')).body.toString() === 'api-1';
  await until(apiIsServed, { what: 'the route of the api' });

  expect((await plainAnswer(proxy, 'both.example', '/apiary')).status).toBe(308);
  expect((await plainAnswer(proxy, 'both.example', '/%61pi/x')).status).toBe(200);
  const page = await secureAnswer(proxy, 'both.example/');
  const answer = await secureAnswer(proxy, 'both.example/api/x');
  expect([page.body.toString(), fieldOf(page, hstsField)]).toEqual(['blog-1', 'max-age=600']);
  expect([answer.body.toString(), fieldOf(answer, hstsField)]).toEqual(['api-1', undefined]);
});

test('a service presents its certificate for its own hosts alone', async ({
  certify,
  httpsProxy: proxy,
  routes,
}) => {
  const own = await certify('shop', ['shop.example']);
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'certificate' });
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'certificate' });
  const greedy = await certify('blog', ['blog.example', 'shop.example', 'other.example']);
  await untilServed(proxy, 'blog.example', greedy.certificatePem);
  await untilServed(proxy, 'shop.example', own.certificatePem);
  // Before the proxy knows the route of blog, all names that nobody registered are blog's.
  await until(async () => (await certificateFor(proxy, 'other.example')) === undefined);
});

test('a request for a host that the certificate of its connection does not cover gets 421', async ({
  certify,
  httpsProxy: proxy,
  member,
  release,
  routes,
}) => {
  await certify('shop', ['shop.example', '*.shop.example']);
  const { certificatePem } = await certify('blog', ['blog.example']);
  await release('blog', [await member('blog-1')]);
  const hosts = ['shop.example', '*.shop.example'];
  await routes.set({ service: 'shop', hosts, tls: 'certificate' });
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'certificate' });
  await untilServed(proxy, 'blog.example', certificatePem);
  await until(async () => (await plainAnswer(proxy, 'blog.example')).status === 308);

  expect((await secureAnswer(proxy, 'blog.example/', 'shop.example')).status).toBe(421);
  expect((await secureAnswer(proxy, 'a.shop.example:443/', 'shop.example')).status).toBe(200);
  expect((await secureAnswer(proxy, 'SHOP.example./', 'a.shop.example')).status).toBe(200);
  using http2 = await H2Client.connectSecurely(proxy.tlsPort, 'shop.example');
  const statusOf = async (authority: string) =>
    (await http2.ask({ ':authority': authority })).status;
  expect(await statusOf('blog.example')).toBe(421);
  // The connection goes on.
  expect(await statusOf('a.shop.example')).toBe(200);
  const [refused] = await proxy.metrics('refusals_total', 'cause="certificate-unfit"');
  expect(refused).toMatch(/ 2$/);
});
