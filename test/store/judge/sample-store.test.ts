import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { HostSample } from '../../../runtime/core/host/host-sample.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { test } from '../../support/fixtures.ts';

const sampleOf = (host: string): HostSample => ({
  host,
  at: 1_000,
  cpuPercent: 12.5,
  disks: [{ path: '/', usedPercent: 40 }],
  workloads: [],
  problems: [],
});

test('the store lists the newest sample of every host, without expired ones', async ({ redis }) => {
  const samples = new SampleStore(redis, 'shop');
  await samples.write(sampleOf('host-2'));
  await samples.write(sampleOf('host-1'));
  await samples.write({ ...sampleOf('host-1'), cpuPercent: 99 });
  expect(await samples.list()).toEqual([
    { ...sampleOf('host-1'), cpuPercent: 99 },
    sampleOf('host-2'),
  ]);
  const { sample } = redisKeys('shop');
  expect(await redis.pttl(sample('host-1'))).toBeGreaterThan(0);
  await redis.pexpire(sample('host-1'), 0);
  expect(await samples.list()).toEqual([sampleOf('host-2')]);
});

test('the store separates services and omits samples that do not fit', async ({ redis }) => {
  await new SampleStore(redis, 'other').write(sampleOf('host-1'));
  await redis.set(redisKeys('shop').sample('host-3'), '{"host":"host-3"}');
  expect(await new SampleStore(redis, 'shop').list()).toEqual([]);
});
