import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { HookRuns, type HookRun } from '../../../runtime/store/release/hook-runs.ts';
import { test } from '../../support/fixtures.ts';

const run: HookRun = { hook: 'beforeRelease', key: 'a', host: 'host-1' };
const minuteMs = 60_000;

test('a hook that succeeded does not run again, on no host', async ({ redis }) => {
  const runs = new HookRuns(redis, 'shop');
  expect(await runs.begin(run, minuteMs)).toEqual({ kind: 'run' });
  await runs.end(run, 1_000);
  expect(await runs.begin(run, minuteMs)).toEqual({ kind: 'done' });
  expect(await runs.begin({ ...run, host: 'host-2' }, minuteMs)).toEqual({ kind: 'done' });
  expect(await runs.begin({ ...run, key: 'b' }, minuteMs)).toEqual({ kind: 'run' });
  expect(await new HookRuns(redis, 'other').begin(run, minuteMs)).toEqual({ kind: 'run' });
});

test('a hook that failed runs again', async ({ redis }) => {
  const runs = new HookRuns(redis, 'shop');
  await runs.begin(run, minuteMs);
  await runs.end(run, undefined);
  expect(await runs.begin({ ...run, host: 'host-2' }, minuteMs)).toEqual({ kind: 'run' });
});

test('only one host runs a hook at once, whichever hook it is', async ({ redis }) => {
  const runs = new HookRuns(redis, 'shop');
  await runs.begin(run, minuteMs);
  const other: HookRun = { hook: 'afterRelease', key: 'c', host: 'host-2' };
  expect(await runs.begin(other, minuteMs)).toEqual({ kind: 'busy', host: 'host-1' });
  // The end of a hook that had no right to run does not give another host's right back.
  await runs.end(other, undefined);
  expect(await runs.begin(other, minuteMs)).toEqual({ kind: 'busy', host: 'host-1' });
  expect(await runs.begin(run, minuteMs)).toEqual({ kind: 'run' });
  await runs.end(run, undefined);
  expect(await runs.begin(other, minuteMs)).toEqual({ kind: 'run' });
});

test('the right to run a hook ends with its time', async ({ redis }) => {
  const runs = new HookRuns(redis, 'shop');
  await runs.begin(run, minuteMs);
  const { hookHost } = redisKeys('shop');
  const leftMs = await redis.pttl(hookHost);
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(minuteMs);
  await redis.pexpire(hookHost, 0);
  expect(await runs.begin({ ...run, host: 'host-2' }, minuteMs)).toEqual({ kind: 'run' });
});

test('the newest 1,000 runs are kept', async ({ redis }) => {
  const runs = new HookRuns(redis, 'shop');
  const { hookRuns } = redisKeys('shop');
  const old = Array.from({ length: 1_000 }, (_, index) => [
    index + 1,
    `beforeRelease ${index + 1}`,
  ]);
  await redis.zadd(hookRuns, ...old.flat());
  await runs.end(run, 5_000);
  expect(await redis.zcard(hookRuns)).toBe(1_000);
  expect(await runs.begin({ ...run, key: '1' }, minuteMs)).toEqual({ kind: 'run' });
  expect(await runs.begin({ ...run, key: '2' }, minuteMs)).toEqual({ kind: 'done' });
});
