import { expect } from 'vitest';
import { RawClient } from '../../support/http/raw-client.ts';
import type { ProxyProcess } from '../../support/processes/proxy-process.ts';
import { until } from '../../support/until.ts';
import { H2Client } from '../http/h2/support/h2-client.ts';
import { overrideToken, test } from '../services/fixtures.ts';

const linesOf = (proxy: ProxyProcess) => proxy.log.filter(({ log }) => log === 'access');

async function untilLogged(proxy: ProxyProcess, count: number): Promise<Record<string, unknown>[]> {
  await until(() => linesOf(proxy).length >= count, { what: `${count} lines` });
  return linesOf(proxy).map(({ time, durationMs, ...line }) => {
    expect(new Date(String(time)).getTime()).toBeGreaterThan(Date.now() - 60_000);
    return { ...line, isTimed: typeof durationMs === 'number' || durationMs };
  });
}

async function send(port: number, text: string): Promise<number> {
  using client = await RawClient.connect(port);
  await client.send(text);
  return (await client.response()).status;
}

test('the access log has a line for each request of every service, also for refused ones, and no secret', async ({
  member,
  release,
  routes,
  startAgain,
}) => {
  const blog = await member('blog-1');
  await release('shop', [await member('shop-1')]);
  await release('blog', [blog]);
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  const proxy = await startAgain('--access-log', '100', '--trust-proxy', '127.0.0.0/8');
  await proxy.untilGeneration(1);
  const port = Number(proxy.listening.split(':').at(-1));

  const secrets = [
    'Authorization: Bearer secret-1',
    'Cookie: session=secret-2',
    `x-perch-token: ${overrideToken}`,
    'X-Api-Key: secret-3',
  ];
  const fields = [
    'Host: blog.example',
    'X-Request-Id: r-1',
    'X-Forwarded-For: 192.0.2.1, 203.0.113.77',
    'X-Forwarded-Proto: https',
    ...secrets,
  ];
  expect(
    await send(port, `GET /a/b?token=secret-4 HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`),
  ).toBe(200);
  expect(await send(port, 'GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')).toBe(400);
  expect(await send(port, 'GET  HTTP/1.1\r\n\r\n')).toBe(400);
  await blog.stop();
  await release('blog', []);
  await until(
    async () => (await send(port, 'GET / HTTP/1.1\r\nHost: blog.example\r\n\r\n')) === 503,
  );

  const lines = await untilLogged(proxy, 4);
  const common = { log: 'access', isTimed: true, bytes: 0, protocol: 'HTTP/1.1', scheme: 'http' };
  expect(lines.slice(0, 3)).toEqual([
    {
      ...common,
      service: 'blog',
      client: '203.0.113.0/24',
      scheme: 'https',
      method: 'GET',
      host: 'blog.example',
      path: '/a/b',
      requestId: 'r-1',
      status: 200,
      bytes: 6,
      member: 'blog-1',
      track: 'stable',
      version: expect.any(String),
    },
    {
      ...common,
      client: '127.0.0.0/24',
      method: 'GET',
      path: '/x',
      status: 400,
      cause: 'host-repeated',
    },
    {
      log: 'access',
      isTimed: true,
      bytes: 0,
      client: '127.0.0.0/24',
      status: 400,
      cause: 'request-line',
    },
  ]);
  expect(lines.at(-1)).toMatchObject({ service: 'blog', status: 503, cause: 'no-origin' });
  expect(JSON.stringify(proxy.log)).not.toMatch(/secret-|correct-horse/);
  const [written] = await proxy.metrics('perch_proxy_access_log_lines_total');
  expect(Number(written?.split(' ').at(-1))).toBe(linesOf(proxy).length);
});

test('the access log has requests by HTTP/2, retries, clients that went away and queries if they are wanted', async ({
  certify,
  member,
  release,
  routes,
  startAgain,
}) => {
  const dead = await member('shop-1');
  const shop = await member('shop-2');
  await release('shop', [dead, shop]);
  await certify('shop', ['shop.example']);
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'certificate' });
  const logged = ['--access-log', '100', '--access-log-query', '--access-log-clients', 'full'];
  const proxy = await startAgain('--tls-listen', '127.0.0.1:0', ...logged);
  await proxy.untilGeneration(1);
  await dead.stop();
  using http2 = await H2Client.connectSecurely(proxy.tlsPort, 'shop.example');
  const paths = ['/?a=b?c', '/', '/', '/'];
  for (const path of paths) {
    const { status } = await http2.ask({ ':authority': 'shop.example', ':path': path });
    expect(status).toBe(200);
  }
  shop.respond = () => {};
  const stream = http2.open({ ':authority': 'shop.example', ':path': '/slow' });
  await until(() => shop.requests.some(({ url }) => url === '/slow'), { what: 'the slow request' });
  stream.close();

  const lines = await untilLogged(proxy, paths.length + 1);
  expect(lines[0]).toMatchObject({
    service: 'shop',
    client: '127.0.0.1',
    scheme: 'https',
    protocol: 'HTTP/2.0',
    host: 'shop.example',
    path: '/',
    query: 'a=b?c',
    status: 200,
    member: 'shop-2',
  });
  expect(lines.some((line) => line['attempts'] === 2)).toBe(true);
  const slow = lines.at(-1);
  expect(slow).toMatchObject({ path: '/slow', member: 'shop-2', cause: 'client-gone' });
  expect(slow).not.toHaveProperty('status');
});
