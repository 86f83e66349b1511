/** Ways to make a real Redis refuse writes while it answers reads. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { until } from '../until.ts';
import { startRedis, type TestRedis } from './redis-server.ts';

const run = promisify(execFile);

/** Redis that a test can make refuse writes, and accept them again. */
export interface RefusingRedis extends AsyncDisposable {
  readonly server: TestRedis;
  refuse(): Promise<void>;
  accept(): Promise<void>;
}

/** Redis that cannot save its snapshot: the default of the official image (MISCONF). */
export async function redisWithoutSnapshot(): Promise<RefusingRedis> {
  const server = await startRedis({
    config: { save: '3600 1', 'enable-protected-configs': 'yes' },
  });
  const admin = new Redis(server.url);
  const good = await mkdtemp(join(tmpdir(), 'perch-snapshot-'));
  const save = async (dir: string, status: 'ok' | 'err') => {
    await admin.config('SET', 'dir', dir);
    await until(
      async () => {
        await admin.bgsave().catch(() => undefined);
        return (await admin.info('persistence')).includes(`rdb_last_bgsave_status:${status}`);
      },
      { what: `a snapshot that ends as ${status}`, everyMs: 200 },
    );
  };
  return {
    server,
    refuse: () => save('/proc', 'err'),
    accept: () => save(good, 'ok'),
    [Symbol.asyncDispose]: async () => {
      admin.disconnect();
      await server[Symbol.asyncDispose]();
      // A snapshot that a child process of the server still writes.
      await rm(good, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** Redis that is full and evicts nothing (OOM). */
export async function fullRedis(): Promise<RefusingRedis> {
  const server = await startRedis({ config: { 'maxmemory-policy': 'noeviction' } });
  const admin = new Redis(server.url);
  return {
    server,
    refuse: async () => void (await admin.config('SET', 'maxmemory', '1')),
    accept: async () => void (await admin.config('SET', 'maxmemory', '0')),
    [Symbol.asyncDispose]: async () => {
      admin.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Reason why this process cannot mount file systems, as {@link redisOnFullDisk} does. Undefined: it can. */
export function whyNoMount(): string | undefined {
  const isAllowed =
    spawnSync('unshare', ['--mount', '--propagation', 'unchanged', 'true']).status === 0;
  return isAllowed ? undefined : 'this user must be allowed to mount file systems';
}

/** Redis whose append-only file is on a disk that another program fills (MISCONF). */
export async function redisOnFullDisk(): Promise<RefusingRedis> {
  const disk = await mkdtemp(join(tmpdir(), 'perch-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  const server = await startRedis({ config: { appendonly: 'yes', dir: disk } });
  const filler = join(disk, 'filler');
  const admin = new Redis(server.url);
  return {
    server,
    refuse: async () => {
      await writeFile(filler, Buffer.alloc(8 * 1_048_576)).catch(() => undefined);
      await until(
        async () => (await admin.set('filler', 'x').catch(() => 'refused')) === 'refused',
      );
    },
    accept: async () => {
      await rm(filler);
      await until(async () => (await admin.set('filler', 'x').catch(() => 'refused')) === 'OK');
    },
    [Symbol.asyncDispose]: async () => {
      admin.disconnect();
      await server[Symbol.asyncDispose]();
      await run('umount', [disk]);
      await rm(disk, { recursive: true });
    },
  };
}
