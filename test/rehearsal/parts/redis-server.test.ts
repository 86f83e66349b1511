import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { RedisServer } from '../../../rehearsal/parts/redis-server.ts';
import { GuardProcess } from '../../../rehearsal/processes/guard-process.ts';
import { ProcessSupervisor } from '../../../rehearsal/processes/process-supervisor.ts';

test('Redis refuses writes and answers reads until it is to accept them again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-rehearsal-redis-'));
  const logFolder = join(folder, 'logs');
  await mkdir(logFolder);
  const guard = new GuardProcess(folder);
  const supervisor = new ProcessSupervisor({ logFolder, env: process.env, guard });
  const server = await RedisServer.start(supervisor, folder, process.env['PATH'] ?? '');
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await supervisor.killAll();
    await guard.close();
    // A snapshot that a child process of the server still writes.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  await redis.set('key', 'before');

  await server.refuseWrites();
  await expect(redis.set('key', 'during')).rejects.toThrow(/^MISCONF/);
  expect(await redis.get('key')).toBe('before');

  await server.acceptWrites();
  expect(await redis.set('key', 'after')).toBe('OK');
});
