import type { Redis } from 'ioredis';
import { expect, onTestFinished } from 'vitest';
import { edgeKeys, redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ServiceRegistry } from '../../../runtime/store/edge/service-registry.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { connectRedis, requireServer } from '../../../runtime/store/redis/connection.ts';
import { ReleaseStore } from '../../../runtime/store/release/release-store.ts';
import { FlagWatch } from '../../../runtime/store/flags/flag-watch.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import type { TestRedis } from '../../support/redis/redis-server.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

const password = 'a-password-of-the-blog';

async function guestOf(server: TestRedis, name = 'blog', secret = password): Promise<Redis> {
  const url = server.url.replace(/\/\/.*@|\/\//, `//${name}:${secret}@`);
  const redis = connectRedis({ url, name: 'perch-test', logger: silentLogger });
  onTestFinished(() => redis.disconnect());
  await requireServer(redis);
  return redis;
}

test("a service's user reads and writes its own keys, and nobody else's", async ({ server }) => {
  const admin = await clientOf(server);
  onTestFinished(() => admin.disconnect());
  await admin.set(redisKeys('shop').release, 'secret');
  await new ServiceRegistry(admin).set('blog', password);
  const guest = await guestOf(server);
  const own = redisKeys('blog');
  await guest.set(own.app, 'x');
  expect(await guest.get(own.app)).toBe('x');
  const refused: Record<string, () => Promise<unknown>> = {
    'a key of another service': () => guest.get(redisKeys('shop').release),
    'a write to another service': () => guest.set(redisKeys('shop').release, 'x'),
    'a service whose name begins alike': () => guest.get(redisKeys('blogs').release),
    'the routes': () => guest.get(edgeKeys.routes),
    'the registered services': () => guest.hgetall(edgeKeys.services),
    'a script about another service': () =>
      guest.eval("return redis.call('GET', KEYS[1])", 1, redisKeys('shop').release),
    'a script with a hidden key': () =>
      guest.eval(`return redis.call('GET', '${redisKeys('shop').release}')`, 0),
    'a script that writes to another service': () =>
      guest.eval(`redis.call('SET', '${redisKeys('shop').release}', 'x')`, 0),
    'a script that lists keys': () => guest.eval("return redis.call('KEYS', '*')", 0),
    'a script that speaks to another service': () =>
      guest.eval(`redis.call('PUBLISH', '${redisKeys('shop').releaseChanged}', '1')`, 0),
    'a script that empties Redis': () => guest.eval("return redis.call('FLUSHALL')", 0),
    'a script with a forgiving call': () =>
      guest.eval(`return redis.pcall('GET', '${redisKeys('shop').release}')`, 0),
    'a stored script': () => guest.call('SCRIPT', 'LOAD', 'return 1'),
    'a function': () => guest.call('FUNCTION', 'LIST'),
    'a transaction about another service': () =>
      guest.multi().set(redisKeys('shop').release, 'x').exec(),
    'a copy of a key': () => guest.call('COPY', redisKeys('shop').release, own.app),
    'another name for a key': () => guest.rename(redisKeys('shop').release, own.app),
    'a key among own ones': () => guest.mget(own.app, redisKeys('shop').release),
    'a deletion among own ones': () => guest.del(own.app, redisKeys('shop').release),
    'a sort by keys of others': () => guest.call('SORT', own.app, 'GET', 'perch:shop:*'),
    'the type of a key': () => guest.type(redisKeys('shop').release),
    'the time of a key': () => guest.ttl(redisKeys('shop').release),
    'the number of keys': () => guest.dbsize(),
    'what another service is told': () => guest.subscribe(redisKeys('shop').releaseChanged),
    'what everyone is told': () => guest.psubscribe('*'),
    'the end of a connection': () => guest.call('CLIENT', 'KILL', 'TYPE', 'normal'),
    'the end of the server': () => guest.call('SHUTDOWN', 'NOSAVE'),
    'another server': () => guest.call('REPLICAOF', '127.0.0.1', '1'),
    'the data of another server': () => guest.call('MIGRATE', '127.0.0.1', '1', own.app, '0', '1'),
    'the names of keys': () => guest.scan(0),
    'all keys': () => guest.keys('*'),
    'a channel of another service': () => guest.publish(redisKeys('shop').releaseChanged, '1'),
    'the configuration': () => guest.config('GET', 'requirepass'),
    'its own rights': () => guest.call('ACL', 'SETUSER', 'blog', 'allkeys'),
    'a flush': () => guest.flushall(),
    'the commands of others': () => guest.call('MONITOR'),
    'the connections of others': () => guest.client('LIST'),
  };
  const answers = await Promise.all(
    Object.entries(refused).map(async ([what, attempt]) => {
      const answer = await attempt().catch((error: unknown) => String(error));
      return [what, /NOPERM|The user executing the script can't|EXECABORT/.test(String(answer))];
    }),
  );
  expect(answers.filter(([, isRefused]) => isRefused !== true)).toEqual([]);
});

test("what a service's members use works with its user", async ({ server }) => {
  const admin = await clientOf(server);
  onTestFinished(() => admin.disconnect());
  await new ServiceRegistry(admin).set('blog', password);
  const guest = await guestOf(server);
  const flags = new FlagStore(guest, 'blog', { by: 'test' });
  const watch = new FlagWatch({ redis: guest, service: 'blog', logger: silentLogger });
  onTestFinished(() => watch.stop());
  await watch.start();
  const on = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };
  await flags.set('beta', on);
  expect((await flags.list()).size).toBe(1);
  await expect(flags.toggle('bet')).rejects.toMatchObject({ code: 'not_found' });
  await flags.delete('beta');
  expect(await flags.undo('beta', undefined)).toEqual(on);
  await new EventLog(guest, 'blog').append({ type: 'test', text: 'x', by: 'test' });
  expect(await new ReleaseStore(guest, 'blog', { by: 'test' }).read()).toEqual({ kind: 'absent' });
  expect(await new EjectionOrders(guest, 'blog').read('canary-1')).toBeUndefined();
});

test('a new password replaces the last one, and a removed service has no user', async ({
  server,
}) => {
  const admin = await clientOf(server);
  onTestFinished(() => admin.disconnect());
  const registry = new ServiceRegistry(admin);
  await registry.set('blog', password);
  await registry.set('blog', 'another-long-password');
  await expect(guestOf(server)).rejects.toMatchObject({ code: 'redis_refused' });
  await guestOf(server, 'blog', 'another-long-password');
  expect(await registry.list()).toEqual(['blog']);
  await registry.remove('blog');
  expect(await registry.list()).toEqual([]);
  await expect(guestOf(server, 'blog', 'another-long-password')).rejects.toMatchObject({
    code: 'redis_refused',
  });
});

test('users that Redis lost at its start are made again, with the same password', async ({
  server,
}) => {
  const admin = await clientOf(server);
  onTestFinished(() => admin.disconnect());
  const registry = new ServiceRegistry(admin);
  await registry.set('blog', password);
  await registry.set('api', undefined);
  expect(await registry.restoreUsers()).toEqual([]);
  // A start keeps the data and loses the users.
  await admin.call('ACL', 'DELUSER', 'blog');
  expect(await registry.restoreUsers()).toEqual(['blog']);
  const guest = await guestOf(server);
  await until(async () => (await guest.ping()) === 'PONG');
  expect(JSON.stringify(await admin.hgetall(edgeKeys.services))).not.toContain(password);
});

test('a service that is called like the user of the host stack is refused', async ({ redis }) => {
  await expect(new ServiceRegistry(redis).set('default', password)).rejects.toMatchObject({
    code: 'bad_input',
  });
  await new ServiceRegistry(redis).remove('default');
  expect(await redis.ping()).toBe('PONG');
});

test('the first stack that names itself owns a service, also one that was registered before', async ({
  redis,
}) => {
  const registry = new ServiceRegistry(redis);
  await registry.set('blog', password);
  expect(await registry.owners()).toEqual([{ service: 'blog', owner: undefined }]);
  await registry.set('blog', password, 'acme/blog/prod');
  await registry.set('blog', undefined, 'acme/blog/prod');
  await registry.set('blog', password);
  expect(await registry.owners()).toEqual([{ service: 'blog', owner: 'acme/blog/prod' }]);
});

test('another stack is refused with both names, and neither user nor entry changes', async ({
  server,
}) => {
  const admin = await clientOf(server);
  onTestFinished(() => admin.disconnect());
  const registry = new ServiceRegistry(admin);
  await registry.set('blog', password, 'acme/blog/prod');
  const before = await admin.hgetall(edgeKeys.services);
  await expect(
    registry.set('blog', 'another-long-password', 'acme/blog/test'),
  ).rejects.toMatchObject({
    code: 'transition_refused',
    message:
      'service blog belongs to stack acme/blog/prod, not to acme/blog/test: give this one another ' +
      'perch:service, or, if acme/blog/prod was renamed or is gone, run "perch service release blog" first',
  });
  expect(await admin.hgetall(edgeKeys.services)).toEqual(before);
  await guestOf(server);
});

test('of two stacks that register a service at once, one owns it and its user', async ({
  server,
}) => {
  const admin = await clientOf(server);
  onTestFinished(() => admin.disconnect());
  const registry = new ServiceRegistry(admin);
  const stacks = ['acme/blog/a', 'acme/blog/b'];
  const outcomes = await Promise.allSettled(
    stacks.map((owner) => registry.set('blog', `password-of-${owner.replaceAll('/', '-')}`, owner)),
  );
  const won = stacks.filter((_, index) => outcomes[index]?.status === 'fulfilled');
  expect(won).toHaveLength(1);
  const [owner = ''] = won;
  expect(await registry.owners()).toEqual([{ service: 'blog', owner }]);
  await guestOf(server, 'blog', `password-of-${owner.replaceAll('/', '-')}`);
});

test('a released service belongs to the next stack that registers it', async ({ redis }) => {
  const registry = new ServiceRegistry(redis);
  expect(await registry.release('blog')).toBeUndefined();
  expect(await registry.list()).toEqual([]);
  await registry.set('blog', undefined, 'acme/blog/old');
  expect(await registry.release('blog')).toBe('acme/blog/old');
  await registry.set('blog', undefined, 'acme/blog/new');
  await expect(registry.requireOwner('blog', 'acme/blog/old')).rejects.toMatchObject({
    code: 'transition_refused',
  });
  await registry.requireOwner('blog', 'acme/blog/new');
  await registry.requireOwner('wiki', 'acme/blog/old');
});
