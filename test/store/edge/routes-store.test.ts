import { expect } from 'vitest';
import { edgeKeys } from '../../../runtime/contract/redis-keys.ts';
import type { EdgeRoute } from '../../../runtime/core/edge/route.ts';
import { RoutesStore } from '../../../runtime/store/edge/routes-store.ts';
import { test } from '../../support/fixtures.ts';

const shop: EdgeRoute = { service: 'shop', hosts: ['shop.example'], tls: 'none' };
const blog: EdgeRoute = { service: 'blog', hosts: ['blog.example'], pathPrefix: '/x', tls: 'acme' };

test('a route is stored with its generation and published', async ({ redis }) => {
  const store = new RoutesStore(redis);
  expect(await store.read()).toEqual({ generation: 0, routes: [] });
  expect(await store.set(shop)).toMatchObject({ kind: 'changed', document: { generation: 1 } });
  expect(await store.set(blog)).toMatchObject({ kind: 'changed', document: { generation: 2 } });
  expect(await store.set(blog)).toMatchObject({ kind: 'unchanged', document: { generation: 2 } });
  const { routes } = await store.read();
  expect(routes).toMatchObject([blog, shop]);
  expect(routes[0]?.updatedAt).toBeGreaterThan(Date.now() - 60_000);
});

test('two services that claim one host are refused by name, and nothing changes', async ({
  redis,
}) => {
  const store = new RoutesStore(redis);
  await store.set(shop);
  const before = await redis.get(edgeKeys.routes);
  expect(await store.set({ ...shop, service: 'blog' })).toEqual({
    kind: 'refused',
    rule: 'shop.example belongs to service shop',
  });
  expect(await redis.get(edgeKeys.routes)).toBe(before);
});

test('twenty services that register at once all are registered', async ({ redis }) => {
  const store = new RoutesStore(redis);
  const names = Array.from({ length: 20 }, (_, index) => `service-${index}`);
  await Promise.all(
    names.map((service) => store.set({ service, hosts: [`${service}.example`], tls: 'none' })),
  );
  const { generation, routes } = await store.read();
  expect(generation).toBe(20);
  expect(routes.map(({ service }) => service)).toEqual(names.toSorted());
});

test('of two services that claim one host at once, exactly one gets it', async ({ redis }) => {
  const claims = Array.from({ length: 8 }, (_, index) =>
    new RoutesStore(redis).set({ ...shop, service: `service-${index}` }),
  );
  const kinds = (await Promise.all(claims)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'changed')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(7);
});

test('the removal of a route frees its host and counts as a change', async ({ redis }) => {
  const store = new RoutesStore(redis);
  await store.set(shop);
  expect(await store.remove('shop')).toMatchObject({
    kind: 'changed',
    document: { generation: 2, routes: [] },
  });
  expect(await store.remove('shop')).toMatchObject({ kind: 'unchanged' });
  expect(await store.set({ ...shop, service: 'blog' })).toMatchObject({ kind: 'changed' });
});

test('routes that nobody can read are not overwritten', async ({ redis }) => {
  await redis.set(edgeKeys.routes, '{');
  await expect(new RoutesStore(redis).set(shop)).rejects.toMatchObject({
    code: 'document_invalid',
  });
  expect(await redis.get(edgeKeys.routes)).toBe('{');
});
