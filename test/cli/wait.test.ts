import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { hasLeft, untilApplied, untilDrained, untilReported } from '../../runtime/cli/wait.ts';
import { edgeKeys, redisKeys } from '../../runtime/contract/redis-keys.ts';
import { EdgeReports } from '../../runtime/store/edge/edge-reports.ts';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { reserve } from '../../runtime/core/release/transitions.ts';
import { ProxyReports, type ProxyReport } from '../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../runtime/store/release/release-store.ts';
import { test as base } from '../support/fixtures.ts';
import { report } from './fixtures.ts';

const member = {
  id: 's1',
  track: 'stable',
  version: '1',
  host: 'h1',
  address: '10.0.0.1',
} as const;

/** Stores of a service whose document has generation 1. */
const test = base.extend('stores', async ({ redis }) => {
  const releases = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await releases.change((document) => reserve(document, member));
  return {
    service: 'shop',
    releases,
    reports: new ProxyReports(redis, 'shop'),
    edge: new EdgeReports(redis),
    routes: new RoutesStore(redis),
  };
});

/** Member that is draining in that document. */
const s1 = { id: 's1', generation: 1 };
/** A deadline that has passed: each wait asks once. */
const now = () => performance.now();

test('a writer waits for a proxy whose report expired while Redis was down', async ({
  redis,
  stores,
}) => {
  await stores.reports.write(report({ generation: 1 }));
  await redis.del(redisKeys('shop').proxy('proxy-1'));
  await expect(untilApplied(stores, 1, now())).rejects.toThrow(
    'generation 1 is not applied yet by proxy-1 (no report)',
  );
  await expect(untilDrained(stores, s1, now())).rejects.toMatchObject({ code: 'not_drained' });
  await stores.reports.write(report({ generation: 1 }));
  await untilApplied(stores, 1, now());
  await untilDrained(stores, s1, now());
});

test('a writer does not wait for a proxy that withdrew its report', async ({ stores }) => {
  await stores.reports.write(report({ generation: 0 }));
  await stores.reports.remove('proxy-1');
  await untilApplied(stores, 1, now());
});

test('a proxy that keeps a newer document than Redis holds has not applied the one of Redis', async ({
  stores,
}) => {
  await stores.reports.write(report({ generation: 9, condition: 'regressed' }));
  await expect(untilApplied(stores, 1, now())).rejects.toMatchObject({ code: 'document_lost' });
});

test('a proxy that has not read Redis again counts as late', async ({ stores }) => {
  await stores.reports.write(report({ generation: 1, condition: 'unreachable' }));
  await expect(untilApplied(stores, 1, now())).rejects.toThrow(
    'generation 1 is not applied yet by proxy-1 (generation 1, unreachable)',
  );
});

test('a report of an older document does not say that a member is drained', async ({ stores }) => {
  await stores.reports.write(report({ generation: 0, inFlight: { s1: 0 } }));
  await expect(untilDrained(stores, s1, now())).rejects.toThrow(
    'member s1 may have requests in flight: proxy-1 did not report',
  );
});

test('a writer waits anew if Redis loses the known proxies while it waits for their reports', async ({
  redis,
  stores,
}) => {
  const { proxies } = redisKeys('shop');
  const nowMs = Date.now();
  await redis.hset(proxies, 'proxy-1', `${nowMs - 4_000} ${nowMs}`);
  const reported = untilReported(stores);
  await redis.hset(proxies, 'proxy-1', `${nowMs} ${nowMs}`);
  await reported;
  expect(await stores.reports.knownForMs()).toBeGreaterThanOrEqual(5_000);
});

/** Reports of a proxy of another service's stack, which Redis has known for long. */
async function edgeReport(redis: Redis, overrides: Partial<ProxyReport>): Promise<void> {
  const nowMs = Date.now();
  await new ProxyReports(redis, 'host').write(report({ routesGeneration: 2, ...overrides }));
  await redis.hset(redisKeys('host').proxies, 'proxy-1', `${nowMs - 6_000} ${nowMs}`);
}

/** Routes of generation 2, from which shop was removed. */
async function leave({ routes }: { readonly routes: RoutesStore }): Promise<void> {
  await routes.set({ service: 'shop', hosts: ['shop.example.com'], tls: 'none' });
  await routes.remove('shop');
}

test('a writer waits for no report of a service that has left its edge', async ({
  redis,
  stores,
}) => {
  await edgeReport(redis, {});
  await leave(stores);
  expect(await hasLeft(stores)).toBe(true);
  await untilReported(stores);
});

test.for([
  ['applies older routes', 1],
  ['says nothing of routes', undefined],
] as const)(
  'a service has not left its edge while one %s',
  async ([, generation], { redis, stores }) => {
    await edgeReport(redis, { routesGeneration: generation });
    await leave(stores);
    expect(await hasLeft(stores)).toBe(false);
  },
);

test('a service has not left its edge while one of the edge is silent', async ({
  redis,
  stores,
}) => {
  await edgeReport(redis, {});
  await redis.hset(redisKeys('host').proxies, 'proxy-2', `${Date.now() - 6_000} ${Date.now()}`);
  await leave(stores);
  expect(await hasLeft(stores)).toBe(false);
});

test('a service has not left its edge if it has a route, or none was ever registered', async ({
  redis,
  stores,
}) => {
  await edgeReport(redis, {});
  expect(await hasLeft(stores)).toBe(false);
  await stores.routes.set({ service: 'shop', hosts: ['shop.example.com'], tls: 'none' });
  expect(await hasLeft(stores)).toBe(false);
});

test('routes that cannot be read fail no drain, and give proxies time', async ({
  redis,
  stores,
}) => {
  await edgeReport(redis, {});
  await redis.set(edgeKeys.routes, 'not JSON');
  expect(await hasLeft(stores)).toBe(false);
});

test('a service has not left its edge for sure if Redis has known the proxies for a short time', async ({
  redis,
  stores,
}) => {
  await new ProxyReports(redis, 'host').write(report({ routesGeneration: 2 }));
  await leave(stores);
  expect(await hasLeft(stores)).toBe(false);
});
