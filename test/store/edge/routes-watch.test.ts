import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { edgeKeys } from '../../../runtime/contract/redis-keys.ts';
import type { EdgeRoute } from '../../../runtime/core/edge/route.ts';
import { RoutesStore } from '../../../runtime/store/edge/routes-store.ts';
import { RoutesWatch, type RoutesWatchOptions } from '../../../runtime/store/edge/routes-watch.ts';
import { connectRedis } from '../../../runtime/store/redis/connection.ts';
import { test } from '../../support/fixtures.ts';
import type { TestRedis } from '../../support/redis/redis-server.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const never = 3_600_000;
const route = (service: string): EdgeRoute => ({
  service,
  hosts: [`${service}.example`],
  tls: 'none',
});

async function watching(server: TestRedis, options: Partial<RoutesWatchOptions> = {}) {
  const redis = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  const watch = new RoutesWatch({ redis, logger: silentLogger, pollIntervalMs: 50, ...options });
  onTestFinished(async () => {
    await watch.stop();
    redis.disconnect();
  });
  await until(() => redis.status === 'ready');
  return { watch, services: () => watch.current?.routes.map(({ service }) => service) };
}

async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-routes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'routes.json');
}

test('a hint delivers new routes long before the next poll', async ({ redis, sharedServer }) => {
  const { watch, services } = await watching(sharedServer, { pollIntervalMs: never });
  await watch.start();
  expect([watch.condition, watch.current]).toEqual(['none', undefined]);
  await until(async () => (await redis.publish(edgeKeys.routesChanged, '1')) === 1);
  await new RoutesStore(redis).set(route('shop'));
  await until(() => services()?.[0] === 'shop', { what: 'the hint' });
  expect(watch.condition).toBe('fresh');
});

test('the poll finds routes whose hint was lost', async ({ redis, sharedServer }) => {
  const { watch, services } = await watching(sharedServer);
  await watch.start();
  await redis.set(edgeKeys.routes, JSON.stringify({ generation: 1, routes: [route('shop')] }));
  await until(() => services()?.[0] === 'shop', { what: 'the poll' });
});

test('a watch that starts without Redis takes the last good routes from disk', async ({
  server,
}) => {
  const lastGoodFile = await stateFile();
  const first = await watching(server, { lastGoodFile });
  const redis = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  onTestFinished(() => redis.disconnect());
  await until(() => redis.status === 'ready');
  await new RoutesStore(redis).set(route('shop'));
  await first.watch.start();
  await first.watch.stop();
  expect((await stat(lastGoodFile)).mode & 0o777).toBe(0o600);
  await server.stop();

  const late = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  const watch = new RoutesWatch({ redis: late, logger: silentLogger, lastGoodFile });
  onTestFinished(async () => {
    await watch.stop();
    late.disconnect();
  });
  await watch.start();
  expect(watch.current?.routes).toMatchObject([route('shop')]);
  expect(watch.condition).toBe('unreachable');
});

test('invalid routes are refused whole, and the last good ones stay', async ({
  redis,
  sharedServer,
}) => {
  const lastGoodFile = await stateFile();
  await new RoutesStore(redis).set(route('shop'));
  const { watch, services } = await watching(sharedServer, { lastGoodFile });
  await watch.start();
  const bad = { generation: 9, routes: [route('blog'), { ...route('api'), hosts: ['Bad'] }] };
  await redis.set(edgeKeys.routes, JSON.stringify(bad));
  await until(() => watch.condition === 'invalid', { what: 'the invalid routes' });
  expect(services()).toEqual(['shop']);
  expect(await readFile(lastGoodFile, 'utf8')).toContain('shop.example');
});

test('the removal of the last route empties the watch', async ({ redis, sharedServer }) => {
  const store = new RoutesStore(redis);
  await store.set(route('shop'));
  const { watch, services } = await watching(sharedServer);
  await watch.start();
  await store.remove('shop');
  await until(() => services()?.length === 0, { what: 'the removal' });
});

test('routes that Redis lost stay in use', async ({ redis, sharedServer }) => {
  await new RoutesStore(redis).set(route('shop'));
  const { watch, services } = await watching(sharedServer);
  await watch.start();
  await redis.flushall();
  await until(() => watch.condition === 'lost', { what: 'the loss to be seen' });
  expect(services()).toEqual(['shop']);
});

test('a proxy stores the routes that Redis lost again', async ({ redis, sharedServer }) => {
  const store = new RoutesStore(redis);
  await store.set(route('shop'));
  await store.set(route('blog'));
  const { watch } = await watching(sharedServer, { restoresLost: true });
  await watch.start();
  await redis.flushall();
  await until(() => watch.current?.generation === 3, { what: 'the routes to be stored again' });
  expect(await store.read()).toMatchObject({ routes: [route('blog'), route('shop')] });
});

test('a proxy joins what it knows with what was registered after the loss', async ({
  redis,
  sharedServer,
}) => {
  const store = new RoutesStore(redis);
  await store.set(route('shop'));
  await store.set(route('blog'));
  const { watch, services } = await watching(sharedServer, { restoresLost: true });
  await watch.start();
  await redis.set(edgeKeys.routes, JSON.stringify({ generation: 1, routes: [route('api')] }));
  await until(() => services()?.length === 3, { what: 'the joined routes' });
  expect(await store.read()).toMatchObject({ generation: 3 });
  expect(services()).toEqual(['api', 'blog', 'shop']);
});
