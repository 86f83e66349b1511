import { inspect } from 'node:util';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { CookieKeyStore } from '../../../runtime/store/clients/cookie-key-store.ts';
import { newCookieKey } from '../../../runtime/store/clients/cookie-key.ts';
import { test } from '../../support/fixtures.ts';
import { clientOf } from '../../support/redis/redis-client.ts';

const { cookieKey } = redisKeys('shop');

test('of many proxies that offer a key, one wins', async ({ redis }) => {
  const stores = Array.from({ length: 20 }, () => new CookieKeyStore(redis, 'shop'));
  const offered = stores.map(newCookieKey);
  const got = await Promise.all(
    stores.map((store, index) => store.readOrStore(offered[index] ?? '')),
  );
  expect(new Set(got).size).toBe(1);
  expect(offered).toContain(got[0]);
});

test('a stored key is not replaced, and may end with a line break', async ({ redis }) => {
  const key = newCookieKey();
  await redis.set(cookieKey, `${key}\n`);
  expect(await new CookieKeyStore(redis, 'shop').readOrStore(newCookieKey())).toBe(key);
});

test.for(['', 'short', 'a'.repeat(44), `${newCookieKey()}A`])(
  'the stored key "%s" is refused without its value',
  async (key, { redis }) => {
    await redis.set(cookieKey, key);
    const problem = new CookieKeyStore(redis, 'shop').readOrStore(newCookieKey());
    await expect(problem).rejects.toMatchObject({
      code: 'bad_input',
      message: 'perch:shop:cookie-key must be 32 bytes in base64; its value is not shown',
    });
  },
);

test('a Redis that refuses the key is reported without the key', async ({ server }) => {
  using redis = await clientOf(server);
  await redis.config('SET', 'maxmemory', '1');
  const key = newCookieKey();
  const problem = new CookieKeyStore(redis, 'shop').readOrStore(key);
  const error: unknown = await problem.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'redis_refused' });
  expect(inspect(error, { depth: 9 })).not.toContain(key);
});
