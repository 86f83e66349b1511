import type { Redis } from 'ioredis';
import { expect, onTestFinished } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { MaintenancePoll } from '../../../runtime/store/release/maintenance-poll.ts';
import { MaintenanceStore } from '../../../runtime/store/release/maintenance-store.ts';
import { MaintenanceWatch } from '../../../runtime/store/release/maintenance-watch.ts';
import { test } from '../../support/fixtures.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const services = ['shop', 'blog', 'wiki'];

/** Starts a watch, and adds each change that it sees to `seen`. */
async function watch(poll: MaintenancePoll, service: string, seen: string[] = []) {
  const onChange = ({ on }: { readonly on: boolean }) => {
    seen.push(`${service} ${on ? 'on' : 'off'}`);
  };
  const watching = new MaintenanceWatch({ poll, service, logger, file: undefined, onChange });
  await watching.start();
  onTestFinished(() => watching.stop());
  return watching;
}

/** Number of times that Redis ran a command since its statistics were reset. */
async function runs(redis: Redis, command: string): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

test('the services of a proxy read their maintenance by one command a poll', async ({ redis }) => {
  const poll = new MaintenancePoll(redis, 20);
  const seen: string[] = [];
  for (const service of services) await watch(poll, service, seen);
  await redis.config('RESETSTAT');
  for (const service of services) {
    await new MaintenanceStore(redis, service).write({ on: true, by: 'eve' });
  }
  await until(() => seen.length === services.length, { what: 'every change' });
  expect(seen.toSorted()).toEqual(['blog on', 'shop on', 'wiki on']);
  await until(async () => (await runs(redis, 'mget')) >= 5, { what: 'five polls' });
  expect(await runs(redis, 'get')).toBe(0);
});

test('a poll ends with its last service, and goes on with the others', async ({ redis }) => {
  const poll = new MaintenancePoll(redis, 20);
  const seen: string[] = [];
  const [shop] = [await watch(poll, 'shop', seen), await watch(poll, 'blog', seen)];
  await shop.stop();
  for (const service of ['shop', 'blog']) {
    await new MaintenanceStore(redis, service).write({ on: true, by: 'eve' });
  }
  await until(() => seen.length > 0, { what: 'the change' });
  expect(seen).toEqual(['blog on']);
});

test('a record that is not valid, or lost, changes nothing, and holds up no other service', async ({
  redis,
}) => {
  const poll = new MaintenancePoll(redis, 20);
  const shop = await watch(poll, 'shop');
  const blog = await watch(poll, 'blog');
  await new MaintenanceStore(redis, 'shop').write({ on: true, by: 'eve' });
  await until(() => shop.current?.on === true, { what: 'the maintenance' });
  await redis.set(redisKeys('shop').maintenance, '{"on":"perhaps"}');
  await new MaintenanceStore(redis, 'blog').write({ on: true, by: 'eve' });
  await until(() => blog.current?.on === true, { what: 'the maintenance of the other' });
  expect(shop.current).toMatchObject({ on: true });
  await redis.del(redisKeys('shop').maintenance);
  await new MaintenanceStore(redis, 'blog').write({ on: false, by: 'eve' });
  await until(() => blog.current?.on === false, { what: 'the end of the maintenance' });
  expect(shop.current).toMatchObject({ on: true });
});
