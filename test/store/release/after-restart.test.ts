/** Writers right after a start of Redis, which may have lost its newest data or all of it. */
import { expect } from 'vitest';
import { reserve } from '../../../runtime/core/release/transitions.ts';
import { readRedisStart } from '../../../runtime/store/redis/redis-start.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { startRedis } from '../../support/redis/redis-server.ts';
import { releaseDocument } from '../../support/release-document.ts';
import { until } from '../../support/until.ts';

const stable = {
  id: 's1',
  track: 'stable',
  version: '1',
  host: 'h1',
  address: '10.0.0.1',
} as const;
const report = { generation: 1, condition: 'fresh', inFlight: {}, memberHealth: {} };
const id = 'h1-0-aaaaaa';

test('a Redis that started again takes no change until its known proxies report', async () => {
  await using server = await startRedis({ config: { appendonly: 'yes' } });
  const before = await clientOf(server);
  await new ReleaseStore(before, 'shop', { by: 'ci' }).restore(releaseDocument({ generation: 1 }));
  await before.hset(redisKeys('shop').proxies, id, '1000 2000');
  before.disconnect();
  await server.stop();
  await server.start();

  const redis = await clientOf(server);
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  const reports = new ProxyReports(redis, 'shop');
  const early = store.change((document) => reserve(document, stable));
  await expect(early).rejects.toMatchObject({ code: 'redis_unavailable' });
  await expect(early).rejects.toThrow(/Redis started just now: no change for \d s, until proxies/);
  await until(async () => (await readRedisStart(redis)).uptimeSeconds >= 1);
  await reports.write({ ...report, id, generation: 3, condition: 'regressed' });
  const lost = store.change((document) => reserve(document, stable));
  await expect(lost).rejects.toMatchObject({ code: 'document_lost' });
  redis.disconnect();
});

test('a Redis that keeps its data and is empty begins no document in its first seconds', async () => {
  await using server = await startRedis({ config: { appendonly: 'yes' } });
  const redis = await clientOf(server);
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  const early = store.change((document) => reserve(document, stable));
  await expect(early).rejects.toMatchObject({ code: 'redis_unavailable' });
  await until(async () => (await readRedisStart(redis)).uptimeSeconds >= 5);
  expect(await store.change((document) => reserve(document, stable))).toMatchObject({
    kind: 'changed',
    document: { generation: 1 },
  });
  redis.disconnect();
});

test('a new Redis without persistence takes changes at once', async () => {
  await using server = await startRedis();
  const redis = await clientOf(server);
  const reports = new ProxyReports(redis, 'shop');
  await reports.write({ ...report, id, generation: 0 });
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable));
  redis.disconnect();
});
