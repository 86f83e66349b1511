import { expect, test } from 'vitest';
import { AnnouncedOrders } from '../../../runtime/store/release/announced-orders.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { fullRedis, redisWithoutSnapshot } from '../../support/redis/refusals.ts';
import { until } from '../../support/until.ts';

const order = { by: 'monitor h1/1', reason: 'it crashed', cause: 'crash-loop', flags: [] };

test.each([
  { what: 'cannot save its snapshot', start: redisWithoutSnapshot },
  { what: 'is full', start: fullRedis },
])('an order reaches its member even if Redis $what', async ({ start }) => {
  await using refusing = await start();
  using redis = await clientOf(refusing.server);
  const orders = new EjectionOrders(redis, 'shop');
  const clock = { ms: 0 };
  const announced = new AnnouncedOrders(redis, 'shop', 'canary-1', () => clock.ms);
  await refusing.refuse();
  await until(
    async () => {
      await orders.give('canary-1', order).catch(() => undefined);
      return announced.current !== undefined;
    },
    { what: 'an announced order' },
  );
  expect(announced.current).toEqual(order);
  expect(await orders.read('canary-1')).toBeUndefined();
  await expect(orders.give('canary-2', order)).rejects.toMatchObject({ code: 'redis_refused' });
  clock.ms = 29_999;
  expect(announced.current).toBeDefined();
  clock.ms = 30_000;
  expect(announced.current).toBeUndefined();
  announced.stop();
});
