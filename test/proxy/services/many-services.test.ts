import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { get, Load } from '../../support/http/load.ts';
import { until } from '../../support/until.ts';
import { test, untilAnswered } from './fixtures.ts';

const unknownHost = '421 No service is registered for this host.';
const unknownPath = '404 No service is registered for this path of the host.';

test('without a route the own service gets every host and path', async ({ ask }) => {
  expect(await ask('any.example')).toBe('200 shop-1');
  expect(await ask('127.0.0.1:80', '/x')).toBe('200 shop-1');
});

test('a second and a third service join and leave while no request of the first fails', async ({
  ask,
  member,
  proxy,
  release,
  routes,
}) => {
  const load = new Load({ origin: proxy.origin, clients: 4, host: 'shop.example' });
  await release('blog', [await member('blog-1')]);
  await release('api', [await member('api-1')]);
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await untilAnswered(ask, 'blog.example', '200 blog-1');
  // The own service has no route of its own, so it still gets what no route matches.
  expect(await ask('other.example')).toBe('200 shop-1');
  await routes.set({
    service: 'api',
    hosts: ['*.api.example', 'blog.example'],
    pathPrefix: '/v1',
    tls: 'none',
  });
  await untilAnswered(ask, 'blog.example/v1', '200 api-1');
  expect(await ask('blog.example', '/v1x')).toBe('200 blog-1');
  expect(await ask('blog.example', '/%761/x')).toBe('200 api-1');
  expect(await ask('a.api.example', '/v1')).toBe('200 api-1');
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'none' });
  await untilAnswered(ask, 'other.example', unknownHost);
  expect(await ask('a.api.example')).toBe(unknownPath);

  const guests = new Load({ origin: proxy.origin, clients: 2, host: 'blog.example' });
  await until(() => guests.total > 50, { what: 'requests of the second service' });
  await routes.remove('api');
  await untilAnswered(ask, 'blog.example/v1', '200 blog-1');
  await guests.stop();
  expect([guests.failures, [...guests.answers.keys()]]).toEqual([[], ['blog-1']]);
  await routes.remove('blog');
  await untilAnswered(ask, 'blog.example', unknownHost);
  await until(async () => (await proxy.ready()).workers[0]?.services === undefined);
  await load.stop();
  expect([load.failures, [...load.answers.keys()]]).toEqual([[], ['shop-1']]);
});

test('unknown hosts and paths are counted, each with a cause of its own', async ({
  ask,
  proxy,
  routes,
}) => {
  await routes.set({ service: 'shop', hosts: ['shop.example'], pathPrefix: '/shop', tls: 'none' });
  await untilAnswered(ask, 'other.example', unknownHost);
  expect(await ask('shop.example')).toBe(unknownPath);
  const causes = async (cause: string) =>
    (await proxy.metrics(`perch_proxy_refusals_total{cause="${cause}"`))[0];
  expect(await causes('host-unknown')).toMatch(/ [1-9]\d*$/);
  expect(await causes('path-unknown')).toMatch(/ 1$/);
  expect(await ask('shop.example', '/shop')).toBe('200 shop-1');
});

test("a load balancer's health check is answered whatever host it names", async ({
  ask,
  routes,
}) => {
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'none' });
  await untilAnswered(ask, '10.0.0.1', unknownHost);
  expect(await ask('10.0.0.1:80', '/healthz')).toBe('200');
});

test('the requests of a removed service end, and then its connections close', async ({
  ask,
  member,
  proxy,
  redis,
  release,
  routes,
}) => {
  const blog = await member('blog-1');
  const held: ServerResponse[] = [];
  await release('blog', [blog]);
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await untilAnswered(ask, 'blog.example', '200 blog-1');
  // The requests that look for the removal are answered.
  blog.respond = (_, response) => {
    if (held.length === 0) held.push(response);
    else response.end('blog-1');
  };
  const running = ask('blog.example');
  await until(() => held.length === 1, { what: 'the request to arrive' });
  await routes.remove('blog');
  await untilAnswered(ask, 'blog.example', '200 shop-1');
  // A drain of its members waits for this report.
  const reports = new ProxyReports(redis, 'blog');
  await until(async () => (await reports.list())[0]?.inFlight['blog-1'] === 1, {
    what: 'the report of the request',
  });
  const { socket } = held[0]?.req ?? {};
  expect(socket?.destroyed).toBe(false);
  held[0]?.end('finished');
  expect(await running).toBe('200 finished');
  await until(() => socket?.destroyed === true, { what: 'the connection to close' });
  await until(async () => (await reports.list()).length === 0, { what: 'the report to go' });
  expect(await proxy.metrics('service="blog"')).toEqual([]);
});

test('the canary of one service changes nothing of another', async ({
  ask,
  member,
  proxy,
  release,
  routes,
}) => {
  await release('blog', [await member('blog-1'), await member('canary-1')], { weight: 50 });
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await untilAnswered(ask, 'blog.example', '200 canary-1');
  const answers = new Map<string, number>();
  for (let count = 0; count < 100; count += 1) {
    for (const host of ['blog.example', 'shop.example']) {
      const answer = `${host} ${await ask(host)}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  }
  expect(answers.get('shop.example 200 shop-1')).toBe(100);
  expect(answers.get('blog.example 200 blog-1')).toBeGreaterThan(40);
  expect(answers.get('blog.example 200 canary-1')).toBeGreaterThan(40);
  const weights = await proxy.metrics('perch_proxy_weight_percent');
  expect(weights.map((line) => line.replace(/,proxy=[^}]*/, ''))).toEqual([
    'perch_proxy_weight_percent{service="shop"} 0',
    'perch_proxy_weight_percent{service="blog"} 50',
  ]);
  expect((await proxy.ready()).workers[0]?.services).toMatchObject({
    blog: { condition: 'fresh' },
  });
});

test('a proxy that starts without Redis serves every service by the last good routes', async ({
  ask,
  member,
  proxy,
  release,
  routes,
  server,
  startAgain,
}) => {
  await release('blog', [await member('blog-1')]);
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await untilAnswered(ask, 'blog.example', '200 blog-1');
  await server.stop();
  expect(await ask('blog.example')).toBe('200 blog-1');
  await proxy.stop();
  const next = await startAgain();
  // Before its first request it knows all services: none may fail.
  const answerOf = async (host: string) => (await get(next.origin, undefined, { host })).body;
  expect(await answerOf('blog.example')).toBe('blog-1');
  expect(await answerOf('shop.example')).toBe('shop-1');
});

test('a Redis that was emptied takes no service away, and gets the routes back', async ({
  ask,
  member,
  proxy,
  redis,
  release,
  routes,
}) => {
  await release('blog', [await member('blog-1')]);
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await untilAnswered(ask, 'blog.example', '200 blog-1');
  const { origin } = proxy;
  const loads = ['blog.example', 'shop.example'].map(
    (host) => new Load({ origin, clients: 1, host }),
  );
  await redis.flushall();
  await until(async () => (await routes.read()).routes.length > 0, { what: 'the routes' });
  expect((await routes.read()).routes).toMatchObject([{ service: 'blog' }]);
  // A service that joins after the loss is served, and the one before goes on.
  await release('api', [await member('api-1')]);
  await routes.set({ service: 'api', hosts: ['api.example'], tls: 'none' });
  await untilAnswered(ask, 'api.example', '200 api-1');
  const before = loads.map(({ total }) => total);
  await until(() => loads.every(({ total }, index) => total > (before[index] ?? 0) + 20));
  for (const load of loads) await load.stop();
  expect(loads.map(({ failures, answers }) => [failures, ...answers.keys()])).toEqual([
    [[], 'blog-1'],
    [[], 'shop-1'],
  ]);
});

test('services that share a host have an affinity cookie each', async ({
  ask,
  member,
  proxy,
  release,
  routes,
}) => {
  await release('blog', [await member('blog-1')], { affinity: 'cookie' });
  await routes.set({ service: 'blog', hosts: ['a.example'], pathPrefix: '/blog', tls: 'none' });
  await untilAnswered(ask, 'a.example/blog', '200 blog-1');
  const { headers } = await get(`${proxy.origin}/blog`, undefined, { host: 'a.example' });
  expect(headers['set-cookie']?.[0]).toContain('; Path=/blog; ');
});

test('the health path of a route is asked of the members of its service', async ({
  ask,
  member,
  proxy,
  release,
  routes,
}) => {
  const blog = await member('blog-1');
  blog.healthy = false;
  await release('blog', [blog]);
  await routes.set({ service: 'blog', hosts: ['a.example'], healthPath: '/up', tls: 'none' });
  await untilAnswered(ask, 'a.example', '200 blog-1');
  await until(() => blog.requests.some(({ url }) => url === '/up'), { what: 'a probe' });
  const [available] = await proxy.metrics('perch_proxy_member_available{service="blog"');
  expect(available).toMatch(/ 1$/);
});
