import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { HostSample, Workload } from '../../../runtime/core/host/host-sample.ts';
import { ejectCanary } from '../../../runtime/core/release/transitions.ts';
import type { CanaryGuard } from '../../../runtime/monitor/host/canary-guard.ts';
import { guardOf } from '../../../runtime/monitor/compose.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { EjectionOrders } from '../../../runtime/store/release/ejection-orders.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { test as base } from '../../support/fixtures.ts';
import { opening } from '../../support/judge/incident.ts';
import { monitorConfig, StagedRelease } from '../../support/judge/monitor.ts';
import { clientOf } from '../../support/redis/redis-client.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

interface StagedGuard {
  readonly redis: Redis;
  readonly release: StagedRelease;
}

const test = base.extend(
  'staged',
  async ({ redis }): Promise<StagedGuard> => await stagedOn(redis),
);

let nowMs = 0;

async function stagedOn(redis: Redis): Promise<StagedGuard> {
  const release = new StagedRelease(redis, 'shop');
  await release.stage();
  nowMs = Date.now() + 1_000;
  return { redis, release };
}

function guardOn({ redis }: StagedGuard, given: object = {}): CanaryGuard {
  return guardOf({
    redis,
    service: 'shop',
    by: 'monitor host-1/1',
    config: monitorConfig(given),
    now: () => nowMs,
    logger,
  });
}

function sampleOf(workload: Partial<Workload>, host: Partial<HostSample> = {}): HostSample {
  const about = { id: 'c1', name: 'canary-1', memberId: 'canary-1', track: 'canary' } as const;
  const workloads = [{ ...about, ...workload }];
  return { host: 'host-1', at: nowMs, disks: [], problems: [], workloads, ...host };
}

/** Checks a sample every two seconds. */
async function checkFor(guard: CanaryGuard, sample: () => HostSample, seconds: number) {
  for (let second = 0; second <= seconds; second += 2) {
    await guard.check(sample());
    nowMs += 2_000;
  }
}

async function orderOf({ redis }: StagedGuard) {
  return await new EjectionOrders(redis, 'shop').read('canary-1');
}

test('the guard orders a canary that was OOM-killed to eject itself if no leader ejects it', async ({
  staged,
}) => {
  const guard = guardOn(staged);
  const killedAt = nowMs;
  const killed = () => sampleOf({ oomKilledAt: [killedAt] });
  await checkFor(guard, killed, 4);
  expect(await orderOf(staged)).toBeUndefined();
  await checkFor(guard, killed, 2);
  expect(await orderOf(staged)).toEqual({
    by: 'monitor host-1/1',
    reason: 'canary member canary-1 was killed for lack of memory',
    cause: 'oom-killed',
    flags: [],
  });
});

test('the guard orders the self-ejection of a canary that crashes repeatedly, with the flags of a harmful canary', async ({
  staged,
}) => {
  const guard = guardOn(staged, { judge: { actions: ['eject-canary', 'kill-flag:new_feature'] } });
  const crashes = [nowMs, nowMs + 1, nowMs + 2];
  await checkFor(guard, () => sampleOf({ restartedAt: crashes }), 6);
  expect(await orderOf(staged)).toMatchObject({ cause: 'crash-loop', flags: ['new_feature'] });
});

test('the guard orders the self-ejection of a canary for which an ejecting rule fires', async ({
  staged,
}) => {
  const actions = ['eject-canary', 'kill-flag:new_feature'];
  const containerMemoryMb = { threshold: 100, forSeconds: 4, actions };
  const guard = guardOn(staged, { rules: { containerMemoryMb } });
  await checkFor(guard, () => sampleOf({ memoryBytes: 2e8 }), 10);
  expect(await orderOf(staged)).toMatchObject({
    reason: 'memory use of canary-1 is 200 MB, above 100 MB',
    cause: 'container-memory',
    flags: ['new_feature'],
  });
});

test('the guard orders the self-ejection of a canary if a rule about its host fires since its arrival', async ({
  staged,
}) => {
  const hostDiskPercent = { forSeconds: 4, actions: ['alert', 'eject-canary'] };
  const guard = guardOn(staged, { rules: { hostDiskPercent } });
  const disks = [{ path: '/', usedPercent: 95 }];
  await checkFor(guard, () => sampleOf({}, { disks }), 10);
  expect(await orderOf(staged)).toMatchObject({ cause: 'host-disk' });
});

test('the guard attributes nothing to the canary that a stable member of another host does as well', async ({
  redis,
  staged,
}) => {
  const containerMemoryMb = { threshold: 100, forSeconds: 0, actions: ['eject-canary'] };
  const guard = guardOn(staged, { rules: { containerMemoryMb } });
  const stable: Partial<Workload> = { name: 'stable-2', memberId: 'stable-2', track: 'stable' };
  const other = sampleOf({ ...stable, memoryBytes: 2e8 }, { host: 'host-2' });
  await new SampleStore(redis, 'shop').write(other);
  await checkFor(guard, () => sampleOf({ memoryBytes: 2e8 }), 10);
  expect(await orderOf(staged)).toBeUndefined();
});

test('a restarted guard does not attribute to the canary what its host did before the canary came', async ({
  redis,
  staged,
}) => {
  const before = opening('host-disk', 'host-1:/', 1_000);
  await new IncidentStore(redis, 'shop').apply(before, { by: 'test', epoch: 0, channels: [] });
  const guard = guardOn(staged, {
    rules: { hostDiskPercent: { forSeconds: 0, actions: ['eject-canary'] } },
  });
  await checkFor(guard, () => sampleOf({}, { disks: [{ path: '/', usedPercent: 95 }] }), 10);
  expect(await orderOf(staged)).toBeUndefined();
});

test('the guard orders nothing if a leader ejects the canary in time', async ({ staged }) => {
  const guard = guardOn(staged);
  const killedAt = nowMs;
  const killed = () => sampleOf({ oomKilledAt: [killedAt] });
  await checkFor(guard, killed, 2);
  await staged.release.releases.change((at) => ejectCanary(at, 'killed for want of memory'));
  await checkFor(guard, killed, 20);
  expect(await orderOf(staged)).toBeUndefined();
});

test.for([
  ['a stable member', { memberId: 'stable-1', name: 'stable-1', track: 'stable' }],
  ['a canary of another host', { memberId: 'canary-9', name: 'canary-9' }],
  ['what happened before it had a share', { oomKilledAt: [1_000] }],
] as const)('the guard orders nothing because of %s', async ([, workload], { redis, staged }) => {
  const guard = guardOn(staged);
  const at = nowMs;
  await checkFor(
    guard,
    () => sampleOf({ oomKilledAt: [at], ...workload } as Partial<Workload>),
    10,
  );
  expect(await redis.keys('perch:shop:leave:*')).toEqual([]);
});

test('the guard continues when Redis comes back', async ({ server }) => {
  using redis = await clientOf(server);
  const staged = await stagedOn(redis);
  const guard = guardOn(staged);
  const at = nowMs;
  server.pause();
  await guard.check(sampleOf({ oomKilledAt: [at] }));
  server.resume();
  await checkFor(guard, () => sampleOf({ oomKilledAt: [at] }), 6);
  expect(await orderOf(staged)).toMatchObject({ cause: 'oom-killed' });
});
