import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { Workload } from '../../../runtime/core/host/host-sample.ts';
import { ProxyReports } from '../../../runtime/store/release/proxy-reports.ts';
import { test } from '../../support/judge/judge-stage.ts';

test('the incident of a full disk opens, alerts again and is resolved', async ({ stage }) => {
  await stage.staged.stage();
  stage.beginTerm({ rules: { hostDiskPercent: { forSeconds: 0 } } });
  await stage.sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
  await stage.run();
  stage.nowMs += 900_000;
  await stage.run();
  await stage.sample({}, { disks: [{ path: '/', usedPercent: 60 }] });
  await stage.run(2);
  expect(await stage.transitions()).toEqual([
    'host-disk host-1:/ opened',
    'host-disk host-1:/ re-alerted',
    'host-disk host-1:/ resolved',
  ]);
  const [first, , last] = await stage.notifications();
  expect(first?.details.summary).toBe('disk use of host-1:/ is 81%, above 70%');
  expect(last?.details.summary).toBe('disk use of host-1:/ is back at 60%');
  expect(first?.details.nextSteps?.[0]).toContain('`df -h /`');
  expect(last?.details.nextSteps).toEqual([]);
});

test('a notification has the runbook of its rule', async ({ stage }) => {
  await stage.staged.stage();
  const runbook = 'https://wiki.example.com/disk';
  stage.beginTerm({ rules: { hostDiskPercent: { forSeconds: 0, runbook } } });
  await stage.sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
  await stage.run();
  expect((await stage.notifications())[0]?.details.runbook).toBe(runbook);
});

test('a firing rule with kill-flag switches the flag off once', async ({ stage }) => {
  await stage.staged.stage();
  const disk = { forSeconds: 0, actions: ['alert', 'kill-flag:new_feature'] };
  stage.beginTerm({ rules: { hostDiskPercent: disk } });
  await stage.sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
  await stage.run();
  expect(await stage.flagState()).toBe('DISABLED');
  const [notification] = await stage.notifications();
  expect(notification?.details.actions).toEqual(['flag new_feature disabled']);
  await stage.flags.toggle('new_feature');
  await stage.run(2);
  expect(await stage.flagState()).toBe('ENABLED');
  expect(await stage.canaryState()).toBe('active');
});

test('a container with a namesake on another host is notified once', async ({ stage }) => {
  await stage.staged.stage();
  const container = { id: 'c9', name: 'perch-proxy', cpuPercent: 1 };
  const healthy: Workload = { ...container, oomKilledAt: [] };
  const killed: Workload = { ...container, oomKilledAt: [stage.nowMs] };
  for (let second = 0; second < 5; second += 1) {
    await stage.sample({ name: '' }, { host: 'host-1', workloads: [healthy] });
    await stage.sample({ name: '' }, { host: 'host-2', workloads: [killed] });
    await stage.run();
  }
  expect(await stage.transitions()).toEqual(['container-oom-kills host-2/perch-proxy opened']);
});

test('an incident stays open when the leader changes', async ({ stage }) => {
  await stage.staged.stage();
  const given = { rules: { hostDiskPercent: { forSeconds: 60 } } };
  stage.beginTerm(given);
  await stage.sample({}, { disks: [{ path: '/', usedPercent: 81 }] });
  await stage.run(62);
  stage.beginTerm(given);
  await stage.run(62);
  expect(await stage.transitions()).toEqual(['host-disk host-1:/ opened']);
});

test('a Docker engine that is down is an incident until it is back', async ({ stage }) => {
  await stage.staged.stage();
  const problems = [{ source: 'docker', reason: 'connect ENOENT' }];
  await stage.sample({ name: '' }, { problems });
  await stage.run(12);
  await stage.sample({ name: '' });
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'source-failed host-1/docker opened',
    'source-failed host-1/docker resolved',
  ]);
  const [, last] = await stage.notifications();
  expect(last?.details.summary).toBe('host-1/docker has recovered');
});

test('a container that cannot get the memory it needs is an incident', async ({ stage }) => {
  await stage.staged.stage();
  const needs = [{ workload: 'canary-1', reason: 'its limit is at its cap' }];
  await stage.sample({}, { needs });
  await stage.run(12);
  await stage.sample({});
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'memory-short canary-1 opened',
    'memory-short canary-1 resolved',
  ]);
  const summary = 'canary-1 needs more memory: its limit is at its cap';
  const [first] = await stage.notifications();
  expect(first?.details.summary).toBe(summary);
  expect(first?.details.nextSteps?.at(-1)).toContain('perch:memoryCapMiB');
});

test('a container that cannot be started is an incident once that lasts', async ({ stage }) => {
  await stage.staged.stage();
  const reason = 'bind: cannot assign requested address';
  await stage.sample({}, { failedStarts: [{ workload: 'canary-1', reason }] });
  await stage.run(28);
  expect(await stage.transitions()).toEqual([]);
  await stage.sample({}, { failedStarts: [{ workload: 'canary-1', reason }] });
  await stage.run(4);
  await stage.sample({});
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'container-down canary-1 opened',
    'container-down canary-1 resolved',
  ]);
  const [first] = await stage.notifications();
  expect(first?.details.summary).toBe(`canary-1 cannot be started: ${reason}`);
});

for (const { clockOffsetMs, error } of [
  { clockOffsetMs: 120_400, error: '120 s fast' },
  { clockOffsetMs: -2_500, error: '2.5 s slow' },
]) {
  test(`a host whose clock is ${error} is an incident until it is right`, async ({ stage }) => {
    await stage.staged.stage();
    await stage.sample({}, { clockOffsetMs });
    await stage.run(12);
    await stage.sample({}, { clockOffsetMs: 2_000 });
    await stage.run();
    expect(await stage.transitions()).toEqual([
      'clock-wrong host-1 opened',
      'clock-wrong host-1 resolved',
    ]);
    const summary = `the clock of host-1 is ${error}, compared with that of Redis`;
    expect((await stage.notifications())[0]?.details.summary).toBe(summary);
  });
}

test('the proxies of a host without a monitor share one incident of their wrong clock', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.sample({}, { clockOffsetMs: 3 });
  for (const [id, clockOffsetMs] of [
    ['edge-1-0-a1b2c3', 15_000],
    ['edge-1-1-d4e5f6', 15_001],
    ['host-1-0-0a0b0c', 9_999],
  ] as const) {
    const report = { id, generation: 1, condition: 'fresh', inFlight: {}, memberHealth: {} };
    await new ProxyReports(stage.redis, 'shop').write({ ...report, clockOffsetMs });
  }
  await stage.run(12);
  expect(await stage.transitions()).toEqual(['clock-wrong edge-1 opened']);
});

test('proxies that lack descriptors, ports or memory are one incident of their host', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.sample({});
  for (const id of ['edge-1-0-a1b2c3', 'edge-1-1-d4e5f6']) {
    const report = { id, generation: 1, condition: 'fresh', inFlight: {}, memberHealth: {} };
    await new ProxyReports(stage.redis, 'shop').write({ ...report, isExhausted: true });
  }
  await stage.run(1);
  expect(await stage.transitions()).toEqual(['proxy-exhausted edge-1 opened']);
  expect((await stage.notifications())[0]?.details.summary).toBe(
    'proxies edge-1-0-a1b2c3, edge-1-1-d4e5f6 had no descriptor, port or memory left to connect to members',
  );
});

test('a host with a silent monitor is an incident until the monitor is back', async ({ stage }) => {
  await stage.staged.stage();
  await stage.sample({ name: '' });
  await stage.run();
  await stage.redis.del(redisKeys('shop').sample('host-1'));
  await stage.run(22);
  expect(await stage.transitions()).toEqual(['host-silent host-1 opened']);
  await stage.sample({ name: '' });
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'host-silent host-1 opened',
    'host-silent host-1 resolved',
  ]);
});

test('a lost release document is an incident and changes nothing', async ({ stage }) => {
  await stage.staged.stage();
  await stage.run();
  await stage.redis.del(redisKeys('shop').release);
  await stage.run(5);
  expect(await stage.transitions()).toEqual(['release-lost shop opened']);
  expect(await stage.redis.exists(redisKeys('shop').release)).toBe(0);
});

test('a lost release document is an incident even if no cycle could act on it before', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  const { releases } = stage.staged;
  const change = () => Promise.reject(new Error('Redis refused the change'));
  stage.beginTerm({}, { releases: { read: () => releases.read(), change } });
  await expect(stage.run()).rejects.toThrow('Redis refused the change');
  await stage.redis.del(redisKeys('shop').release);
  await stage.run(5);
  expect(await stage.transitions()).toEqual(['release-lost shop opened']);
});

test('a release document that went back is an incident, and nothing builds on it', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  const { generation } = await stage.document();
  const proxy = { id: 'proxy-1', condition: 'regressed', inFlight: {}, memberHealth: {} };
  const reports = new ProxyReports(stage.redis, 'shop');
  await reports.write({ ...proxy, generation: generation + 1 });
  await stage.run(5);
  expect(await stage.transitions()).toEqual(['release-lost shop opened']);
  const [{ details } = { details: undefined }] = await stage.notifications();
  expect(details?.summary).toContain(`Redis holds generation ${generation}`);
  expect(details?.summary).toContain(`apply generation ${generation + 1}`);
  expect(details?.nextSteps?.join()).toContain('perch restore`');
  expect((await stage.document()).generation).toBe(generation);
  await reports.write({ ...proxy, generation });
  await stage.run(5);
  expect(await stage.transitions()).toEqual(['release-lost shop opened']);
  await reports.write({ ...proxy, condition: 'fresh', generation });
  await stage.run();
  expect(await stage.transitions()).toContain('release-lost shop resolved');
  expect(await stage.canaryState()).toBe('ejected');
});

test('a repair of Redis is an incident until its loss is made good', async ({ stage }) => {
  await stage.staged.stage();
  const repair = { at: stage.nowMs, lostBytes: 33, sizeBytes: 7_402, copy: true };
  await stage.redis.set(redisKeys('shop').redisRepair, JSON.stringify(repair));
  await stage.run();
  const [notification] = await stage.notifications();
  expect(notification?.details.summary).toContain('33 of 7402 bytes are lost');
  await stage.redis.del(redisKeys('shop').redisRepair);
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'redis-repaired shop opened',
    'redis-repaired shop resolved',
  ]);
});
