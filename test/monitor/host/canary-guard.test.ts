import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostSample, Workload } from '../../../runtime/core/host/host-sample.ts';
import { ejectCanary } from '../../../runtime/core/release/transitions.ts';
import type { CanaryGuard } from '../../../runtime/monitor/host/canary-guard.ts';
import { guardOf } from '../../../runtime/monitor/compose.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { opening } from '../../support/incident.ts';
import { monitorConfig, StagedRelease } from '../../support/monitor.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

describe('the guard of a host', () => {
  let server: TestRedis;
  let redis: Redis;
  let staged: StagedRelease;
  let guard: CanaryGuard;
  let nowMs: number;

  const guardWith = (given: object = {}) =>
    guardOf({
      redis,
      service: 'shop',
      by: 'monitor host-1/1',
      config: monitorConfig(given),
      now: () => nowMs,
      logger,
    });
  const sampleOf = (workload: Partial<Workload>, host: Partial<HostSample> = {}): HostSample => {
    const about = { id: 'c1', name: 'canary-1', memberId: 'canary-1', track: 'canary' } as const;
    const workloads = [{ ...about, ...workload }];
    return { host: 'host-1', at: nowMs, disks: [], problems: [], workloads, ...host };
  };
  const look = async (sample: () => HostSample, seconds: number) => {
    for (let second = 0; second <= seconds; second += 2) {
      await guard.look(sample());
      nowMs += 2_000;
    }
  };
  const order = async () => await new EjectionOrders(redis, 'shop').read('canary-1');

  beforeAll(async () => {
    server = await startRedis();
    redis = await clientOf(server);
  });
  beforeEach(async () => {
    await redis.flushall();
    staged = new StagedRelease(redis, 'shop');
    await staged.stage();
    nowMs = Date.now() + 1_000;
    guard = guardWith();
  });
  afterAll(async () => {
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  it('tells a canary to leave that was killed for want of memory and that no leader takes out', async () => {
    const killedAt = nowMs;
    const killed = () => sampleOf({ oomKilledAt: [killedAt] });
    await look(killed, 4);
    expect(await order()).toBeUndefined();
    await look(killed, 2);
    expect(await order()).toEqual({
      by: 'monitor host-1/1',
      reason: 'canary member canary-1 was killed for lack of memory',
      cause: 'oom-killed',
      flags: [],
    });
  });

  it('tells one that crashes again and again, with the flags that a harmful canary switches off', async () => {
    guard = guardWith({ judge: { actions: ['eject-canary', 'kill-flag:new_feature'] } });
    const crashes = [nowMs, nowMs + 1, nowMs + 2];
    await look(() => sampleOf({ restartedAt: crashes }), 6);
    expect(await order()).toMatchObject({ cause: 'crash-loop', flags: ['new_feature'] });
  });

  it('tells one that breaks a rule which takes the canary out', async () => {
    const actions = ['eject-canary', 'kill-flag:new_feature'];
    const containerMemoryMb = { threshold: 100, forSeconds: 4, actions };
    guard = guardWith({ rules: { containerMemoryMb } });
    await look(() => sampleOf({ memoryBytes: 2e8 }), 10);
    expect(await order()).toMatchObject({
      reason: 'memory use of canary-1 is 200 MB, above 100 MB',
      cause: 'container-memory',
      flags: ['new_feature'],
    });
  });

  it('tells it when its host is in trouble that came with it', async () => {
    const hostDiskPercent = { forSeconds: 4, actions: ['alert', 'eject-canary'] };
    guard = guardWith({ rules: { hostDiskPercent } });
    const disks = [{ path: '/', usedPercent: 95 }];
    await look(() => sampleOf({}, { disks }), 10);
    expect(await order()).toMatchObject({ cause: 'host-disk' });
  });

  it('does not hold against it what a stable member of another host does as well', async () => {
    const containerMemoryMb = { threshold: 100, forSeconds: 0, actions: ['eject-canary'] };
    guard = guardWith({ rules: { containerMemoryMb } });
    const stable: Partial<Workload> = { name: 'stable-2', memberId: 'stable-2', track: 'stable' };
    const other = sampleOf({ ...stable, memoryBytes: 2e8 }, { host: 'host-2' });
    await new SampleStore(redis, 'shop').write(other);
    await look(() => sampleOf({ memoryBytes: 2e8 }), 10);
    expect(await order()).toBeUndefined();
  });

  it('does not hold against it, begun anew, what its host did before it came', async () => {
    const before = opening('host-disk', 'host-1:/', 1_000);
    await new IncidentStore(redis, 'shop').apply(before, { by: 'test', epoch: 0, channels: [] });
    guard = guardWith({ rules: { hostDiskPercent: { forSeconds: 0, actions: ['eject-canary'] } } });
    await look(() => sampleOf({}, { disks: [{ path: '/', usedPercent: 95 }] }), 10);
    expect(await order()).toBeUndefined();
  });

  it('leaves it to the leader where one takes it out in time', async () => {
    const killedAt = nowMs;
    const killed = () => sampleOf({ oomKilledAt: [killedAt] });
    await look(killed, 2);
    await staged.releases.change((at) => ejectCanary(at, 'killed for want of memory'));
    await look(killed, 20);
    expect(await order()).toBeUndefined();
  });

  it.each([
    ['a stable member', { memberId: 'stable-1', name: 'stable-1', track: 'stable' }],
    ['a canary of another host', { memberId: 'canary-9', name: 'canary-9' }],
    ['what happened before it had a share', { oomKilledAt: [1_000] }],
  ] as const)('has no order because of %s', async (_what, workload) => {
    const at = nowMs;
    await look(() => sampleOf({ oomKilledAt: [at], ...workload } as Partial<Workload>), 10);
    expect(await redis.keys('perch:shop:leave:*')).toEqual([]);
  });

  it('goes on when Redis comes back', async () => {
    const at = nowMs;
    server.pause();
    await guard.look(sampleOf({ oomKilledAt: [at] }));
    server.resume();
    await look(() => sampleOf({ oomKilledAt: [at] }), 6);
    expect(await order()).toMatchObject({ cause: 'oom-killed' });
  });
});
