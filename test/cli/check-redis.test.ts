import { expect } from 'vitest';
import { perch } from '../support/processes/perch.ts';
import { clientOf } from '../support/redis/redis-client.ts';
import { test } from '../support/fixtures.ts';

test('a Redis that takes writes is left as it was', async ({ redis, sharedServer }) => {
  const environment = { PERCH_REDIS_URL: sharedServer.url, PERCH_SERVICE: 'shop' };
  const { code, stdout } = await perch(['check-redis'], environment);
  expect(stdout).toMatch(/^Redis takes writes; \d+\.\d MiB used without a limit\n$/);
  expect(code).toBe(0);
  expect(await redis.dbsize()).toBe(0);
});

test('a full Redis refuses the write, and its words are passed on', async ({ server }) => {
  const environment = { PERCH_REDIS_URL: server.url, PERCH_SERVICE: 'shop' };
  const redis = await clientOf(server);
  await redis.config('SET', 'maxmemory', '1');
  redis.disconnect();
  const text = await perch(['check-redis'], environment);
  expect(text.stdout).toContain('Redis refuses writes: OOM command not allowed');
  expect(text.code).toBe(1);
  const json = await perch(['check-redis', '--json'], environment);
  expect(JSON.parse(json.stdout)).toMatchObject({ maxBytes: 1, writeError: expect.any(String) });
});
