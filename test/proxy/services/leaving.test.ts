import { expect } from 'vitest';
import { hasLeft } from '../../../runtime/cli/wait.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { EdgeReports } from '../../../runtime/store/edge/edge-reports.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { get } from '../../support/http/load.ts';
import { until } from '../../support/until.ts';
import { test, untilAnswered } from './fixtures.ts';

test('a service has left its proxies once its last request has ended, and not before', async ({
  ask,
  member,
  proxy,
  redis,
  release,
  routes,
}) => {
  const blog = await member('blog-1');
  await release('blog', [blog]);
  await routes.set({ service: 'shop', hosts: ['shop.example'], tls: 'none' });
  await routes.set({ service: 'blog', hosts: ['blog.example'], tls: 'none' });
  await untilAnswered(ask, 'blog.example/', '200 blog-1');
  // As if Redis had known the proxy for long.
  const { proxies } = redisKeys('shop');
  for (const id of await redis.hkeys(proxies)) {
    await redis.hset(proxies, id, `${Date.now() - 10_000} ${Date.now()}`);
  }
  const stores = {
    service: 'blog',
    reports: new ProxyReports(redis, 'blog'),
    edge: new EdgeReports(redis),
    routes,
  };
  expect(await hasLeft(stores)).toBe(false);
  const held = Promise.withResolvers<() => void>();
  let isHeld = false;
  blog.respond = (_, response) => {
    // Those that come before the proxy knows that the route is gone are not held.
    if (isHeld) response.end();
    else held.resolve(() => void response.end());
    isHeld = true;
  };
  const running = get(`${proxy.origin}/`, undefined, { host: 'blog.example' });
  const answer = await held.promise;
  await routes.remove('blog');
  await until(async () => (await ask('blog.example')).startsWith('421'));
  expect(await hasLeft(stores)).toBe(false);
  answer();
  expect((await running).status).toBe(200);
  await until(() => hasLeft(stores), { what: 'the service to have left' });
});
