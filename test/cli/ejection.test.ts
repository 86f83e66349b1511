import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Lease } from '../../runtime/store/judge/lease.ts';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { JudgeStore } from '../../runtime/store/judge/judge-store.ts';
import { opening } from '../support/incident.ts';
import { StagedRelease } from '../support/monitor.ts';
import { perch } from '../support/perch.ts';
import { clientOf } from '../support/redis-client.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let server: TestRedis;
let redis: Awaited<ReturnType<typeof clientOf>>;
let staged: StagedRelease;

beforeAll(async () => {
  server = await startRedis();
  redis = await clientOf(server);
});

beforeEach(async () => {
  await redis.flushall();
  staged = new StagedRelease(redis, 'shop');
  await staged.stage();
});

afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});

function run(...args: string[]) {
  return perch(args, { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url });
}

async function states(): Promise<Record<string, string>> {
  const read = await staged.releases.read();
  if (read.kind !== 'found') throw new Error('there is no document');
  return Object.fromEntries(read.document.members.map(({ id, state }) => [id, state]));
}

test('eject takes the canary out with the reason, and reinstate puts it back without a share', async () => {
  const out = await run('eject', '--reason', 'checkout is broken');
  expect(out).toMatchObject({ code: 0, stdout: expect.stringContaining('weight 0') });
  expect(await states()).toMatchObject({ 'canary-1': 'ejected', 'stable-1': 'active' });
  const read = await staged.releases.read();
  expect(read).toMatchObject({ document: { weight: 0, reason: 'checkout is broken' } });
  expect(await run('reinstate', '--reason', 'fixed', '--json')).toMatchObject({ code: 0 });
  expect(await states()).toMatchObject({ 'canary-1': 'active' });
  expect(await staged.releases.read()).toMatchObject({ document: { weight: 0 } });
});

test('eject --member takes out one, but never the last stable one', async () => {
  const args = ['--reason', 'disk is dying'];
  expect(await run('eject', '--member', 'stable-1', ...args)).toMatchObject({ code: 0 });
  expect(await states()).toMatchObject({ 'stable-1': 'ejected', 'canary-1': 'active' });
  const refused = await run('eject', '--member', 'stable-2', ...args);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('stable-2 is the last active stable member');
});

test('eject and reinstate ask for a reason', async () => {
  for (const command of ['eject', 'reinstate']) {
    const { code, stderr } = await run(command);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'perch: reason must be given\n' });
  }
});

test('incidents shows what is open, and with --all what was', async () => {
  const incidents = new IncidentStore(redis, 'shop');
  const writer = { by: 'test', epoch: 0, channels: [] };
  expect((await run('incidents')).stdout).toBe('no incidents\n');
  const { incident } = opening('host-disk', 'host-1');
  await incidents.apply({ transition: 'opened', incident }, writer);
  expect((await run('incidents')).stdout).toContain('disk / of host-1 is 81% full');
  const over = { ...incident, revision: 2, resolvedAt: 61_000 };
  await incidents.apply({ transition: 'resolved', incident: over }, writer);
  expect(JSON.parse((await run('incidents', '--json')).stdout)).toEqual([]);
  expect((await run('incidents', '--all')).stdout).toContain('resolved after 1 min');
});

test('status tells what the leader thinks and which rules are near', async () => {
  expect((await run('status')).stdout).toContain('no monitor judges');
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
  expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
    opinion: { ...judgeStatus, near: [{ ...near, state: 'kept' }] },
  });
});
