import type { IncomingMessage } from 'node:http';
import { expect } from 'vitest';
import { get } from '../../support/http/load.ts';
import type { MemberServer } from '../../support/processes/member-server.ts';
import type { ProxyProcess } from '../../support/processes/proxy-process.ts';
import { until } from '../../support/until.ts';
import { test } from './fixtures.ts';

/** Makes a member a framework with allowed hosts: others get 400. */
function allowOnly(member: MemberServer, host: string): void {
  member.respond = (request, response) => {
    const named = [request.headers.host, request.headers['x-forwarded-host'] ?? host];
    response.writeHead(named.every((one) => one === host) ? 200 : 400).end(member.id);
  };
}

async function untilAvailable(proxy: ProxyProcess, service: string): Promise<void> {
  const series = `perch_proxy_member_available{service="${service}"`;
  await until(async () => (await proxy.metrics(series))[0]?.endsWith(' 1') === true, {
    what: `the member of ${service} to be available`,
  });
}

const isProbe = ({ headers }: IncomingMessage) => headers['user-agent'] === 'perch-health';

test('a member with allowed hosts passes its checks if they name one, also those of a load balancer', async ({
  member,
  release,
  startAgain,
}) => {
  const shop = await member('shop-1');
  allowOnly(shop, 'shop.example');
  await release('shop', [shop]);
  const proxy = await startAgain('--health-path', '/up', '--health-host', 'shop.example');
  await proxy.untilGeneration(1);
  await until(() => shop.requests.some(isProbe), { what: 'a probe' });
  await untilAvailable(proxy, 'shop');
  // A load balancer names the proxy by its address.
  expect((await get(`${proxy.origin}/up`)).status).toBe(200);
  // Only its checks get another Host.
  expect((await get(`${proxy.origin}/`)).status).toBe(400);
  expect((await get(`${proxy.origin}/up`, undefined, { host: 'evil.example' })).status).toBe(400);
});

test('the Host of the checks is that of each service: a guest has its own or none', async ({
  ask,
  member,
  proxy,
  release,
  routes,
}) => {
  const blog = await member('blog-1');
  await release('blog', [blog]);
  const route = {
    service: 'blog',
    hosts: ['a.example'],
    healthPath: '/up',
    tls: 'none' as const,
  };
  await routes.set(route);
  const probed = () => blog.requests.filter(isProbe).map(({ headers }) => headers.host);
  await until(() => probed().length > 0, { what: 'a probe' });
  expect(probed()[0]).toBe(`127.0.0.1:${blog.port}`);
  allowOnly(blog, 'blog.example');
  await routes.set({ ...route, healthHost: 'blog.example' });
  await until(() => probed().includes('blog.example'), { what: 'a probe with the name' });
  await untilAvailable(proxy, 'blog');
  expect(await ask('a.example')).toBe('400 blog-1');
});
