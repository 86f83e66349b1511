import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { Workload } from '../../../runtime/core/host/host-sample.ts';
import type { JudgeSetup } from '../../../runtime/monitor/compose.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { test } from '../../support/judge/judge-stage.ts';

test('the judge ejects a failing canary in its next cycle: weight 0, flag off, one notification', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  await stage.run();
  expect(await stage.document()).toMatchObject({ weight: 0, phase: 'aborted' });
  expect(await stage.canaryState()).toBe('ejected');
  expect(await stage.flagState()).toBe('DISABLED');
  expect(await stage.transitions()).toEqual(['canary-ejected canary opened']);
});

test('the judge ejects a slow canary', async ({ stage }) => {
  await stage.staged.stage();
  await stage.handInBaseline();
  // The first answers of a canary may be slow; from the next bucket on they count.
  for (const canaryMs of [20, 800]) {
    await stage.staged.handIn(stage.nowMs, {
      stable: { requests: 90, latencyMs: 20 },
      canary: { requests: 30, latencyMs: canaryMs },
    });
    stage.nowMs += 10_000;
    await stage.run();
  }
  expect(await stage.canaryState()).toBe('ejected');
  const [notification] = await stage.notifications();
  expect(notification?.details).toMatchObject({ summary: 'canary 2.0.0 is slower than stable' });
});

test('the judge ejects a canary that was killed for lack of memory', async ({ stage }) => {
  await stage.staged.stage();
  await stage.run();
  await stage.sample({ oomKilledAt: [stage.nowMs + 1] });
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
  expect((await stage.document()).reason).toContain('was killed for lack of memory');
});

test('the judge ejects an unhealthy canary, unless most of the stable members are unhealthy too', async ({
  stage,
}) => {
  await stage.staged.stage();
  const unhealthy = {
    'stable-1': 'unhealthy',
    'stable-2': 'unhealthy',
    'canary-1': 'unhealthy',
  } as const;
  for (let second = 0; second < 8; second += 1) {
    await stage.staged.report(unhealthy);
    await stage.run();
  }
  expect(await stage.canaryState()).toBe('active');
  await stage.staged.report({ ...unhealthy, 'stable-1': 'healthy', 'stable-2': 'healthy' });
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
  expect((await stage.document()).reason).toMatch(/canary-1 has failed its health checks for 8 s/);
});

test('the judge ejects a canary that breaks a rule with eject-canary, and notifies once', async ({
  stage,
}) => {
  await stage.staged.stage();
  const memory = { threshold: 200, forSeconds: 2, actions: ['alert', 'eject-canary'] };
  stage.beginTerm({ rules: { containerMemoryMb: memory } });
  // Its responses alone are safe.
  await stage.staged.handIn(stage.nowMs, { stable: { requests: 200 }, canary: { requests: 66 } });
  for (let second = 0; second < 5; second += 1) {
    await stage.sample({ memoryBytes: 300e6 });
    await stage.run();
  }
  expect(await stage.canaryState()).toBe('ejected');
  expect(await stage.transitions()).toEqual(['canary-ejected canary opened']);
  const [notification] = await stage.notifications();
  expect(notification?.details.summary).toBe('memory use of canary-1 is 300 MB, above 200 MB');
});

test('the judge does not eject a canary that breaks a rule like the stable version', async ({
  stage,
}) => {
  await stage.staged.stage();
  const memory = { threshold: 200, forSeconds: 0, actions: ['alert', 'eject-canary'] };
  stage.beginTerm({ rules: { containerMemoryMb: memory } });
  const workloads: Workload[] = (['canary', 'stable'] as const).map((track) => {
    const name = `${track}-1`;
    return { id: name, name, memberId: name, track, memoryBytes: 300e6 };
  });
  await stage.sample({}, { workloads });
  await stage.run(3);
  expect(await stage.canaryState()).toBe('active');
  expect(await stage.transitions()).toEqual(['container-memory stable-1 opened']);
});

test('the judge only alerts for a rule that was firing before the rollout began', async ({
  stage,
}) => {
  const custom = [
    {
      id: 'busy',
      metric: 'host.cpu-percent',
      threshold: 50,
      forSeconds: 0,
      actions: ['alert', 'eject-canary'],
    },
  ];
  stage.beginTerm({ rules: { custom, hostCpuPercent: false } });
  await stage.staged.stage(0);
  stage.nowMs -= 60_000;
  await stage.sample({ name: '' }, { cpuPercent: 90 });
  await stage.run(2);
  stage.nowMs += 60_000;
  await stage.staged.setWeight(25);
  await stage.run(2);
  expect(await stage.canaryState()).toBe('active');
  expect(await stage.transitions()).toEqual(['busy host-1 opened']);
});

test('the next leader does not eject the canary either for a rule that was firing before it', async ({
  stage,
}) => {
  const rules = { hostDiskPercent: { forSeconds: 0, actions: ['eject-canary'] } };
  stage.beginTerm({ rules });
  await stage.staged.stage(0);
  stage.nowMs -= 60_000;
  await stage.sample({ name: '' }, { disks: [{ path: '/', usedPercent: 95 }] });
  await stage.run();
  stage.nowMs += 60_000;
  await stage.staged.setWeight(25);
  await stage.run();
  stage.beginTerm({ rules });
  await stage.run(2);
  expect(await stage.canaryState()).toBe('active');
  expect(await stage.transitions()).toEqual(['host-disk host-1:/ opened']);
});

test('the judge does not eject the canary in an outage of both tracks, and notifies once', async ({
  stage,
}) => {
  await stage.staged.stage();
  stage.beginTerm({ rules: { trackFailurePercent: { forSeconds: 3 } } });
  for (let second = 0; second < 10; second += 1) {
    await stage.staged.handIn(stage.nowMs, {
      stable: { requests: 30, failures: 27 },
      canary: { requests: 10, failures: 9 },
    });
    await stage.run();
  }
  expect(await stage.canaryState()).toBe('active');
  expect(await stage.transitions()).toEqual(['track-failures stable opened']);
  stage.nowMs += 60_000;
  await stage.staged.handIn(stage.nowMs, { stable: { requests: 90 }, canary: { requests: 30 } });
  await stage.run(2);
  expect(await stage.transitions()).toEqual([
    'track-failures stable opened',
    'track-failures stable resolved',
  ]);
});

test('the judge calls a canary that answers well safe, and promotes it after its last step', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.run();
  await stage.staged.handIn(stage.nowMs, { stable: { requests: 200 }, canary: { requests: 250 } });
  await stage.run();
  expect(await stage.document()).toMatchObject({ phase: 'promoting', weight: 25 });
  expect(await stage.judgeStatus()).toMatchObject({
    verdict: { kind: 'safe' },
    leader: 'monitor test',
  });
  expect(await stage.transitions()).toEqual([]);
});

test('the judge keeps the evidence of a trial whose first buckets have expired in Redis', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.run();
  const traffic = { stable: { requests: 90 }, canary: { requests: 30, failures: 2 } };
  await stage.staged.handIn(stage.nowMs, traffic);
  await stage.run();
  stage.nowMs += 620_000;
  await stage.run();
  const old = await stage.redis.keys(redisKeys('shop').traffic(0).replace(/0$/, '*'));
  expect(await stage.redis.del(...old)).toBe(1);
  stage.beginTerm();
  await stage.run();
  const { evidence } = (await stage.judgeStatus())?.verdict ?? {};
  expect(evidence?.['canary']).toMatchObject({ requests: 30, failures: 2 });
});

test('a canary without traffic is inconclusive', async ({ stage }) => {
  await stage.staged.stage();
  await stage.run(3);
  expect((await stage.judgeStatus())?.verdict?.kind).toBe('inconclusive');
});

test('a reinstated canary is not judged by its earlier traffic', async ({ stage }) => {
  stage.beginTerm({ rules: { trackFailurePercent: { forSeconds: 0 } } });
  await stage.stageFailingCanary();
  await stage.run(2);
  await stage.reinstateCanary();
  await stage.run(20);
  expect(await stage.transitions()).toEqual(['canary-ejected canary opened']);
});

test('a canary that is reinstated before the next cycle is not judged by its earlier traffic', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  await stage.run();
  await stage.reinstateCanary();
  stage.beginTerm();
  await stage.run(3);
  expect(await stage.canaryState()).toBe('active');
});

test('a former leader cannot eject the canary', async ({ stage }) => {
  await stage.stageFailingCanary();
  await stage.replaceLeader();
  await expect(stage.judge.runCycle()).rejects.toMatchObject({ code: 'fenced' });
  expect(await stage.canaryState()).toBe('active');
  expect(await stage.transitions()).toEqual([]);
});

test('a leader that loses its lease in the middle of a cycle cannot switch a flag off', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  const flags: JudgeSetup['flags'] = {
    disable: async (...args) => {
      await stage.replaceLeader();
      return await new FlagStore(stage.redis, 'shop', { by: 'stale', epoch: 1 }).disable(...args);
    },
  };
  stage.beginTerm({}, { flags });
  await expect(stage.judge.runCycle()).rejects.toMatchObject({ code: 'fenced' });
  expect(await stage.flagState()).toBe('ENABLED');
  expect(await stage.transitions()).toEqual([]);
});
