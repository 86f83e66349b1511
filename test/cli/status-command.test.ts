import { expect } from 'vitest';
import { JudgeStore } from '../../runtime/store/judge/judge-store.ts';
import { Lease } from '../../runtime/store/judge/lease.ts';
import { report, reserve, test } from './fixtures.ts';

test('status shows the proxies and the members with health and requests in flight', async ({
  reports,
  run,
}) => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  await reports.write(
    report({ generation: 2, inFlight: { s1: 7 }, memberHealth: { s1: 'healthy' } }),
  );
  const { stdout } = await run('status');
  expect(stdout).toMatch(/service shop: rollout initial idle, canary weight 0/);
  expect(stdout).toMatch(
    /s1 +stable +1\.4\.2 +active +healthy +7 +http:\/\/10\.0\.0\.5:20057 +web-1/,
  );
  expect(stdout).toMatch(/proxy-1 +2 +fresh +unknown/);
});

test("status shows which proxies' clocks are wrong", async ({ reports, run, staged: _release }) => {
  await reports.write(report({ id: 'edge-1-0-a1b2c3', clockOffsetMs: -12_345 }));
  await reports.write(report({ id: 'edge-2-0-a1b2c3', clockOffsetMs: 1_999 }));
  const { stdout } = await run('status');
  expect(stdout).toMatch(/PROXY +GENERATION +DOCUMENT +CLOCK/);
  expect(stdout).toMatch(/edge-1-0-a1b2c3 +\d+ +fresh +12 s slow/);
  expect(stdout).toMatch(/edge-2-0-a1b2c3 +\d+ +fresh +right/);
});

test("status shows the leader's verdict and the rules near their thresholds", async ({
  redis,
  run,
  json,
  staged: _release,
}) => {
  expect((await run('status')).stdout).toContain('no monitor judges the canary');
  await new Lease(redis, 'shop', { holder: 'm1', ttlMs: 60_000 }).hold();
  const near = {
    rule: 'host-disk',
    subject: 'host-1:/',
    metric: 'host.disk-percent',
    value: 66,
    threshold: 70,
    state: 'inactive',
  } as const;
  const judgeStatus = { at: 1, leader: 'monitor m1', verdict: null, near: [near] };
  await new JudgeStore(redis, 'shop').writeJudgeStatus(judgeStatus, 1);
  const { stdout } = await run('status');
  expect(stdout).toContain('no canary on trial (monitor m1)');
  expect(stdout).toMatch(/host-disk +host-1:\/ +66% +70% +inactive/);
  expect(await json('status')).toMatchObject({
    opinion: { ...judgeStatus, near: [{ ...near, state: 'kept' }] },
  });
});
