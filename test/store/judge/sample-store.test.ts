import { describe, expect, it } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { HostSample } from '../../../runtime/core/host/host-sample.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis } from '../../support/redis.ts';

const sampleOf = (host: string): HostSample => ({
  host,
  at: 1_000,
  cpuPercent: 12.5,
  disks: [{ path: '/', usedPercent: 40 }],
  workloads: [],
  problems: [],
});

describe('SampleStore', () => {
  it('lists the newest sample of every host, and not what is older than its time', async () => {
    await using server = await startRedis();
    using redis = await clientOf(server);
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

  it('keeps services apart and leaves out what does not fit', async () => {
    await using server = await startRedis();
    using redis = await clientOf(server);
    await new SampleStore(redis, 'other').write(sampleOf('host-1'));
    await redis.set(redisKeys('shop').sample('host-3'), '{"host":"host-3"}');
    expect(await new SampleStore(redis, 'shop').list()).toEqual([]);
  });
});
