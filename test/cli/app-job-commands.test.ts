import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { until } from '../support/until.ts';
import { test } from './fixtures.ts';

test("migrate makes the demo app's migrations once", async ({ json, redis, run }) => {
  expect((await run('app', 'migrate')).stdout).toBe(
    'add a greeting\nadd the number of finished tasks\n',
  );
  await redis.hset(redisKeys('shop').app, 'greeting', 'good morning');
  expect(await json('app', 'migrate')).toEqual([]);
  expect(await redis.hgetall(redisKeys('shop').app)).toEqual({
    greeting: 'good morning',
    schema: '2',
    tasks: '0',
  });
});

test('a worker finishes its task at SIGTERM, and ends with 0', async ({ environment, redis }) => {
  await using worker = new PerchProcess(['app', 'work', '--task-ms', '50'], environment);
  await until(async () => Number(await redis.hget(redisKeys('shop').app, 'tasks')) >= 2);
  worker.signal('SIGTERM');
  expect(await worker.ended()).toBe(0);
  expect(worker.output).toMatch(/finishes its task[^]*task finished[^]*worker stopped/);
});
