/** Runs the start command of Redis' container on append-only files that a crash tore. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisStart } from '../../../infra/services/redis-start.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { freePort } from '../../../rehearsal/loopback.ts';
import { until } from '../../support/until.ts';
import { test, type Volume } from './fixtures.ts';

const password = 'password-of-the-test';
const { redisRepair } = redisKeys('shop');
const written = 100;

interface Started {
  readonly redis: Redis;
  readonly stop: () => Promise<void>;
  readonly stderr: () => string;
}

/** Starts the command on the volume; settles once Redis answers. */
async function start({ folder, processes }: Volume): Promise<Started> {
  const port = await freePort();
  const command = redisStart(redisRepair).replace('port=6379', `port=${port}`);
  const child = spawn('sh', ['-c', command.replace('/data', folder)], {
    env: { PATH: process.env['PATH'], REDISCLI_AUTH: password, MAX_MEMORY: '64mb' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  processes.push(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const exited = once(child, 'exit');
  const redis = new Redis(port, '127.0.0.1', {
    password,
    lazyConnect: true,
    maxRetriesPerRequest: 1,
  });
  redis.on('error', () => undefined);
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`Redis ended with ${child.exitCode}: ${stderr}`);
      return await redis.ping().catch(() => undefined);
    },
    { what: 'Redis to answer' },
  );
  const stop = async () => {
    redis.disconnect();
    child.kill('SIGTERM');
    await exited;
  };
  return { redis, stop, stderr: () => stderr };
}

/** Writes keys `k0`, `k1`, ... and stops Redis; returns the folder of the append-only files. */
async function filled(volume: Volume): Promise<string> {
  const { redis, stop } = await start(volume);
  const pipeline = redis.pipeline();
  for (let index = 0; index < written; index += 1) pipeline.set(`k${index}`, 'value');
  await pipeline.exec();
  await stop();
  return join(volume.folder, 'appendonlydir');
}

async function fileOf(folder: string, suffix: string): Promise<string> {
  const name = (await readdir(folder)).find((candidate) => candidate.endsWith(suffix));
  if (name === undefined) throw new Error(`no file ${suffix} in ${folder}`);
  return join(folder, name);
}

/** Tears a file: its part from `offset` on becomes garbage. */
async function tear(file: string, offset: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.fill('X', offset, offset + 40);
  await writeFile(file, bytes);
}

/** The note on the repair, which must expire within a day. */
async function noteIn(redis: Redis): Promise<unknown> {
  const ttlMs = await redis.pttl(redisRepair);
  expect(ttlMs).toBeGreaterThan(86_000_000);
  expect(ttlMs).toBeLessThanOrEqual(86_400_000);
  return JSON.parse((await redis.get(redisRepair)) ?? 'null');
}

test('a healthy volume and an empty one start without a repair', async ({ volume }) => {
  const folder = await filled(volume);
  const { redis, stop, stderr } = await start(volume);
  expect(await redis.dbsize()).toBe(written);
  await stop();
  expect(stderr()).toBe('');
  expect(await readdir(volume.folder)).not.toContain('aof-before-repair');
  await rm(folder, { recursive: true });
  await mkdir(folder);
  const empty = await start(volume);
  expect(await empty.redis.dbsize()).toBe(0);
  await empty.stop();
  expect(empty.stderr()).toBe('');
});

test('a file that is torn in the middle is repaired, and says how much was lost', async ({
  volume,
}) => {
  const file = await fileOf(await filled(volume), '.incr.aof');
  const { length: sizeBytes } = await readFile(file);
  await tear(file, Math.floor(sizeBytes / 2));
  const { redis, stop, stderr } = await start(volume);
  const kept = (await redis.dbsize()) - 1;
  expect(kept).toBeGreaterThan(written / 3);
  expect(kept).toBeLessThan(written);
  const note = await noteIn(redis);
  expect(note).toEqual({
    at: expect.any(Number),
    lostBytes: expect.any(Number),
    sizeBytes,
    copy: true,
  });
  const { lostBytes } = note as { lostBytes: number };
  expect(lostBytes).toBeGreaterThan(sizeBytes / 3);
  expect(lostBytes).toBeLessThan(sizeBytes);
  expect(stderr()).toContain(`${lostBytes} of ${sizeBytes} bytes are lost`);
  expect(stderr()).not.toContain(password);
  const copy = await fileOf(join(volume.folder, 'aof-before-repair'), '.incr.aof');
  expect((await readFile(copy)).length).toBe(sizeBytes);
  await redis.set('after', 'the repair');
  await stop();
  const again = await start(volume);
  expect(await again.redis.get('after')).toBe('the repair');
  expect(await noteIn(again.redis)).toEqual(note);
  await again.stop();
});

test('a truncated tail, which Redis itself would cut off in silence, is told', async ({
  volume,
}) => {
  const file = await fileOf(await filled(volume), '.incr.aof');
  const { length } = await readFile(file);
  await truncate(file, length - 5);
  const { redis, stop } = await start(volume);
  expect(await redis.mget('k98', 'k99')).toEqual(['value', null]);
  expect(await noteIn(redis)).toMatchObject({ sizeBytes: length - 5, lostBytes: 28 });
  await stop();
});

test('a file of an older Redis, which has no folder, is repaired', async ({ volume }) => {
  const folder = await filled(volume);
  const old = join(volume.folder, 'appendonly.aof');
  await cp(await fileOf(folder, '.incr.aof'), old);
  await rm(folder, { recursive: true });
  const { length } = await readFile(old);
  await truncate(old, length - 5);
  const { redis, stop } = await start(volume);
  expect(await redis.dbsize()).toBe(written);
  expect(await noteIn(redis)).toMatchObject({ lostBytes: 28, copy: true });
  await stop();
});

test('a broken base is not repaired: Redis ends, and the message says what is left to do', async ({
  volume,
}) => {
  const folder = await filled(volume);
  await tear(await fileOf(folder, '.base.rdb'), 0);
  const before = await readFile(await fileOf(folder, '.incr.aof'));
  const failure = start(volume);
  await expect(failure).rejects.toThrow(/Redis ended with 1: .*perch restore/s);
  expect(await readFile(await fileOf(folder, '.incr.aof'))).toEqual(before);
  expect(await readdir(volume.folder)).not.toContain('aof-before-repair');
});
