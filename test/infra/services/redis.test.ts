import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeAll, expect } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed, inputsOf } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { until } from '../../support/until.ts';
import { test, type Volume } from './fixtures.ts';

const password = 'password-of-the-test';

/** The start command of release 0.1. */
const commandOf01 = `exec redis-server - --port 6379 --dir /data --appendonly yes \
  --maxmemory "$MAX_MEMORY" --maxmemory-policy noeviction <<END
requirepass $REDISCLI_AUTH
END`;

let command = '';
beforeAll(async () => {
  const containers = inputsOf(await composed(() => makeProd(configFor('server'))), 'Container');
  const redis = containers.find(({ envs }) => JSON.stringify(envs).includes('REDISCLI_AUTH'));
  [command = ''] = (redis?.['command'] ?? []) as string[];
});

/** Runs `command` as the container does, with its data on the volume, and `use`s the Redis. */
async function withRedis(
  command: string,
  { folder, processes }: Volume,
  use: (redis: Redis) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const here = command.replace(/(--port |port=)6379/, `$1${port}`).replace('/data', folder);
  const child = spawn('sh', ['-c', here], {
    env: { PATH: process.env['PATH'], REDISCLI_AUTH: password, MAX_MEMORY: '64mb' },
    stdio: 'ignore',
  });
  processes.push(child);
  const exited = once(child, 'exit');
  const redis = new Redis(port, '127.0.0.1', { password, lazyConnect: true });
  redis.on('error', () => undefined);
  try {
    await until(() => redis.ping().catch(() => undefined), { what: 'redis-server to answer' });
    await use(redis);
  } finally {
    redis.disconnect();
    child.kill('SIGTERM');
    await exited;
  }
}

test('Redis accepts writes after a snapshot that it could not save', async ({ volume }) => {
  await withRedis(command, volume, async (redis) => {
    // A snapshot replaces this file, and a folder cannot be replaced.
    await mkdir(join(volume.folder, 'dump.rdb', 'full'), { recursive: true });
    await redis.bgsave();
    await until(async () => (await redis.info('persistence')).includes('bgsave_status:err'), {
      what: 'the snapshot to fail',
    });
    await expect(redis.set('key', 'value')).resolves.toBe('OK');
  });
});

test('Redis finds the data that the container of release 0.1 left on the volume', async ({
  volume,
}) => {
  await withRedis(commandOf01, volume, async (redis) => {
    await redis.set('before', 'snapshot');
    await redis.save();
    await redis.set('after', 'snapshot');
  });
  await withRedis(command, volume, async (redis) => {
    expect(await redis.mget('before', 'after')).toEqual(['snapshot', 'snapshot']);
    await redis.set('new', 'value');
  });
  await withRedis(command, volume, async (redis) => {
    expect(await redis.mget('before', 'after', 'new')).toEqual(['snapshot', 'snapshot', 'value']);
    expect(await redis.config('GET', 'save')).toEqual(['save', '']);
  });
});
