import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
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
  expect(stdout).toMatch(/proxy-1 +2 +fresh/);
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

test("status shows a silent proxy, and why a proxy withholds the canary's share", async ({
  redis,
  reports,
  run,
  json,
  staged: _release,
}) => {
  const withheld = { reason: 'unjudged', sinceMs: 1_700_000_000_000 } as const;
  await reports.write(report({ id: 'web-1-0-aaaaaa' }));
  await reports.write(report({ id: 'web-2-0-bbbbbb', withheld }));
  await redis.del(redisKeys('shop').proxy('web-1-0-aaaaaa'));
  const { stdout } = await run('status');
  expect(stdout).toMatch(/web-1-0-aaaaaa +\? +silent since 20\d\d-\d\d-\d\dT/);
  expect(stdout).toMatch(
    /web-2-0-bbbbbb +0 +fresh +withheld since 2023-11-14T22:13:20.000Z: nobody judges/,
  );
  expect(await json('status')).toMatchObject({
    proxies: [{ id: 'web-2-0-bbbbbb', withheld }],
    silentProxies: [{ id: 'web-1-0-aaaaaa' }],
  });
});
