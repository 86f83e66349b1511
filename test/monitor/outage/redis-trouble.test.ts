import { expect, test } from 'vitest';
import { RedisWatch } from '../../../runtime/monitor/outage/redis-trouble.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { fullRedis, redisWithoutSnapshot } from '../../support/redis/refusals.ts';

const sample = { host: 'host-1', at: 1, disks: [], workloads: [], problems: [] };

test.each([
  {
    what: 'cannot save its snapshot',
    start: redisWithoutSnapshot,
    reason: /cannot save to its disk/,
  },
  { what: 'is full', start: fullRedis, reason: /is full \(maxmemory\)/ },
])('a Redis that $what refuses writes until it is mended', async ({ start, reason }) => {
  await using refusing = await start();
  using redis = await clientOf(refusing.server);
  const clock = { now: 1_000 };
  const watch = new RedisWatch(() => clock.now);
  const write = () => watch.watch(new SampleStore(redis, 'shop').write(sample));
  await write();
  expect(watch.trouble).toBeUndefined();
  await refusing.refuse();
  for (const now of [2_000, 4_000]) {
    clock.now = now;
    await expect(write()).rejects.toMatchObject({ code: 'redis_refused' });
  }
  expect(watch.trouble).toMatchObject({ rule: 'redis-refuses-writes', sinceMs: 2_000 });
  expect(watch.trouble?.reason).toMatch(reason);
  expect(watch.trouble?.reason).toMatch(/^Redis /);
  await refusing.accept();
  await write();
  expect(watch.trouble).toBeUndefined();
});

test('a Redis that has ended is unreachable', async () => {
  await using refusing = await fullRedis();
  using redis = await clientOf(refusing.server);
  const watch = new RedisWatch(() => 0);
  await refusing.server.kill();
  await expect(watch.watch(new SampleStore(redis, 'shop').write(sample))).rejects.toMatchObject({
    code: 'redis_unavailable',
  });
  expect(watch.trouble).toMatchObject({ rule: 'redis-unreachable' });
});
