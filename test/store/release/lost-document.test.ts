/** Writers and a document that Redis lost, by the reports of proxies that still apply it. */
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { activate, drain, reserve } from '../../../runtime/core/release/transitions.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { test } from '../../support/fixtures.ts';
import { releaseDocument } from '../../support/release-document.ts';

const keys = redisKeys('shop');

function stable(id: string) {
  return { id, track: 'stable', version: '1', host: 'host-1', address: '10.0.0.1' } as const;
}
test('a document that is older than what live proxies apply does not change', async ({ redis }) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable('s1')));
  const fields = { condition: 'regressed', inFlight: {}, memberHealth: {} };
  await new ProxyReports(redis, 'shop').write({ id: 'proxy-1', generation: 2, ...fields });
  const lost = store.change((document) => activate(document, 's1'));
  await expect(lost).rejects.toMatchObject({ code: 'document_lost' });
  await expect(lost).rejects.toThrow(/Redis holds generation 1 .* generation 2, .*perch restore/);
  const unchanged = store.change((document) => drain(document, 'unknown'));
  await expect(unchanged).rejects.toMatchObject({ code: 'document_lost' });
  expect(await store.read()).toMatchObject({ kind: 'found', document: { generation: 1 } });
});

test('a service whose live proxies route by a document that Redis lost gets no new one', async ({
  redis,
}) => {
  await new ProxyReports(redis, 'shop').write({
    id: 'proxy-1',
    generation: 41,
    condition: 'absent',
    inFlight: {},
    memberHealth: {},
  });
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  const lost = store.change((document) => reserve(document, stable('s1')));
  await expect(lost).rejects.toMatchObject({ code: 'document_lost' });
  await expect(lost).rejects.toThrow(/generation 41.*perch restore/);
  expect(await redis.exists(keys.release)).toBe(0);
  const restored = await store.restore(releaseDocument({ generation: 40 }));
  expect(restored.generation).toBe(42);
});

test('nothing builds on a document whose generation live proxies know with other content', async ({
  redis,
}) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  await store.change((document) => reserve(document, stable('s1')));
  const fields = { condition: 'regressed', inFlight: {}, memberHealth: {} };
  await new ProxyReports(redis, 'shop').write({ id: 'proxy-1', generation: 1, ...fields });
  const lost = store.change((document) => activate(document, 's1'));
  await expect(lost).rejects.toMatchObject({ code: 'document_lost' });
  await store.restore(releaseDocument({ generation: 1 }));
  // The proxy reports again a second later.
  await store.change((document) => reserve(document, stable('s2')));
});

test('right after a repair of Redis nothing changes, because proxies have not reported yet', async ({
  redis,
}) => {
  const store = new ReleaseStore(redis, 'shop', { by: 'ci' });
  const repair = { lostBytes: 1, sizeBytes: 2, copy: false };
  await redis.set(keys.redisRepair, JSON.stringify({ at: Date.now(), ...repair }));
  const early = store.change((document) => reserve(document, stable('s1')));
  await expect(early).rejects.toMatchObject({ code: 'redis_unavailable' });
  await redis.set(keys.redisRepair, JSON.stringify({ at: Date.now() - 11_000, ...repair }));
  await store.change((document) => reserve(document, stable('s1')));
});
