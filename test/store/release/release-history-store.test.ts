import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ReleaseHistoryStore } from '../../../runtime/store/release/release-history-store.ts';
import { test } from '../../support/fixtures.ts';

const key = redisKeys('shop').releases;
const prod = { stack: 'prod', track: 'stable' } as const;

test('the store returns releases in the order in which they began', async ({ redis }) => {
  const store = new ReleaseHistoryStore(redis, 'shop');
  const first = await store.append({ ...prod, version: 'v1' });
  const second = await store.append({ ...prod, version: 'v2' });
  await store.append({ ...prod, release: first, outcome: 'served' });
  expect(await store.list()).toMatchObject([
    { id: first, version: 'v1', outcome: 'served' },
    { id: second, version: 'v2', outcome: 'deploying' },
  ]);
  expect(await redis.xlen(key)).toBe(3);
});

test('the store drops fields that another version of Perch wrote, and entries that do not fit', async ({
  redis,
}) => {
  await redis.xadd(key, '*', 'entry', JSON.stringify({ ...prod, version: 'v1', later: true }));
  await redis.xadd(key, '*', 'entry', JSON.stringify({ stack: 'prod', track: 'blue' }));
  await redis.xadd(key, '*', 'entry', 'no JSON');
  const records = await new ReleaseHistoryStore(redis, 'shop').list();
  expect(records).toHaveLength(1);
  expect(records[0]).not.toHaveProperty('later');
});

test('the record of releases is bounded', async ({ redis }) => {
  const commands = redis.pipeline();
  for (let index = 0; index < 4_100; index += 1) commands.xadd(key, '*', 'entry', '{}');
  await commands.exec();
  await new ReleaseHistoryStore(redis, 'shop').append(prod);
  expect(await redis.xlen(key)).toBe(4_000);
});
