import { expect } from 'vitest';
import { CertificateStatusStore } from '../../runtime/store/edge/certificate-status-store.ts';
import { IncidentStore } from '../../runtime/store/incidents/incident-store.ts';
import { binUpperMs, latencyBin } from '../../runtime/core/analysis/latency-bins.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { JudgeStore } from '../../runtime/store/judge/judge-store.ts';
import { Lease } from '../../runtime/store/judge/lease.ts';
import { MaintenanceStore } from '../../runtime/store/release/maintenance-store.ts';
import { details, opening } from '../support/judge/incident.ts';
import { reserve, test } from './fixtures.ts';

test('status shows the proxies and the members with health, requests in flight and latency', async ({
  reportForLong,
  run,
  json,
}) => {
  await run(...reserve('s1'));
  await run('member', 'activate', '--id', 's1');
  await reportForLong({ generation: 2, inFlight: { s1: 7 }, memberHealth: { s1: 'healthy' } });
  const { stdout } = await run('status');
  expect(stdout).toMatch(/service shop: rollout initial idle, canary weight 0/);
  expect(stdout).toMatch(
    /s1 +stable +1\.4\.2 +active +healthy +7 +- +http:\/\/10\.0\.0\.5:20057 +web-1/,
  );
  expect(stdout).toMatch(/proxy-1 +2 +fresh +given +unknown/);
  expect(await json('status')).toMatchObject({
    members: [{ id: 's1', health: 'healthy', inFlight: 7, latency: null, usage: null }],
  });
  const bin = latencyBin(40);
  for (const id of ['proxy-1', 'proxy-2']) {
    await reportForLong({ id, generation: 2, memberLatencies: { s1: [bin, 9, 0, 1] } });
  }
  expect((await run('status')).stdout).toMatch(/ unknown +0 +4\d(\.\d)? ms\/4\d(\.\d)? ms +http/);
  expect(await json('status')).toMatchObject({
    members: [{ latency: { requests: 20, p50Ms: binUpperMs(bin), p95Ms: binUpperMs(bin + 2) } }],
  });
});

test('status shows a maintenance, also of a service whose release document is lost', async ({
  redis,
  run,
  staged: _release,
}) => {
  await new MaintenanceStore(redis, 'shop').write({ on: true, by: 'eve', message: 'back soon' });
  const shown = /^in maintenance since \S+ \(eve\): requests get 503, "back soon"$/m;
  expect((await run('status')).stdout).toMatch(shown);
  await redis.del(redisKeys('shop').release);
  expect((await run('status')).stdout).toMatch(shown);
});

test('status shows the certificates by ACME, and why an order failed', async ({
  redis,
  run,
  json,
  staged: _release,
}) => {
  expect((await run('status')).stdout).not.toContain('CERTIFICATE');
  const statuses = new CertificateStatusStore(redis, 'shop');
  const [until, next] = [Date.UTC(2026, 5, 1), Date.UTC(2026, 4, 1, 12, 30)];
  await statuses.write({ host: 'a.test', notAfterMs: until, failures: 0, nextOrderMs: next });
  const lastFailure = { kind: 'refused', text: 'the name is on a list', atMs: 1 } as const;
  await statuses.write({ host: 'b.test', failures: 1, nextOrderMs: next, lastFailure });
  const { stdout } = await run('status');
  expect(stdout).toMatch(/a\.test +until 2026-06-01T00:00Z +2026-05-01T12:30Z/);
  expect(stdout).toMatch(/b\.test +none +2026-05-01T12:30Z +the name is on a list/);
  expect(await json('status')).toMatchObject({ certificates: [{ host: 'a.test' }, {}] });
});

test('status shows no certificates by ACME once the proxies use none', async ({
  redis,
  reportForLong,
  run,
  staged: _release,
}) => {
  const status = { host: 'a.test', notAfterMs: Date.UTC(2026, 5, 1), failures: 0, nextOrderMs: 1 };
  await new CertificateStatusStore(redis, 'shop').write(status);
  await reportForLong({ id: 'edge-1-0-a1b2c3', acme: true });
  expect((await run('status')).stdout).toContain('a.test');
  await reportForLong({ id: 'edge-1-0-a1b2c3' });
  expect((await run('status')).stdout).not.toContain('a.test');
});

test("status shows which proxies' clocks are wrong", async ({
  reportForLong,
  run,
  staged: _release,
}) => {
  await reportForLong({ id: 'edge-1-0-a1b2c3', clockOffsetMs: -12_345 });
  await reportForLong({ id: 'edge-2-0-a1b2c3', clockOffsetMs: 1_999 });
  const { stdout } = await run('status');
  expect(stdout).toMatch(/PROXY +GENERATION +DOCUMENT +CANARY'S SHARE +CLOCK/);
  expect(stdout).toMatch(/edge-1-0-a1b2c3 +\d+ +fresh +given +12 s slow/);
  expect(stdout).toMatch(/edge-2-0-a1b2c3 +\d+ +fresh +given +right/);
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
  // It does not expire while the commands start.
  await redis.persist(redisKeys('shop').verdict);
  const { stdout } = await run('status');
  expect(stdout).toContain('no canary on trial (monitor m1)');
  expect(stdout).toMatch(/host-disk +host-1:\/ +66% +70% +inactive/);
  expect(await json('status')).toMatchObject({
    opinion: { ...judgeStatus, near: [{ ...near, state: 'kept' }] },
  });
});

test('status lists open incidents with their start, what operators noted and what is left to do', async ({
  json,
  redis,
  run,
  staged: _release,
}) => {
  expect((await run('status')).stdout).toContain('no open incidents');
  const incidents = new IncidentStore(redis, 'shop');
  const writer = { by: 'test', epoch: 0, channels: [] };
  const disk = details({
    sinceMs: Date.now() - 180_000,
    nextSteps: ['Free space on /'],
    runbook: 'https://wiki.example.com/disk',
  });
  const change = opening('host-disk', 'host-1:/', Date.now() - 120_000);
  await incidents.apply({ ...change, incident: { ...change.incident, details: disk } }, writer);
  const { incident } = opening('canary-ejected', 'canary', Date.now() - 600_000);
  const done = { ...incident, details: details({ nextSteps: [] }) };
  await incidents.apply({ transition: 'opened', incident: done }, writer);
  await run('incidents', 'ack', 'host-disk', '--by', 'eve');
  await run('incidents', 'silence', 'canary-ejected', '--minutes', '5');
  const { stdout } = await run('status');
  expect(stdout.slice(stdout.indexOf('open incidents:'))).toMatch(
    new RegExp(
      [
        /open incidents:/,
        /host-disk of host-1:\/, since \S+Z \(3 min( \d+ s)?\), acknowledged by eve/,
        / {2}disk \/ of host-1 is 81% full/,
        / {2}- Free space on \//,
        / {2}runbook: https:\/\/wiki\.example\.com\/disk/,
        /canary-ejected of canary, since \S+Z \(10 min( \d+ s)?\), silenced until \S+Z/,
        / {2}disk \/ of host-1 is 81% full/,
        / {2}- nothing is left to do/,
        /$/,
      ]
        .map(({ source }) => source)
        .join('\n'),
    ),
  );
  expect(await json('status')).toMatchObject({
    incidents: [
      { rule: 'host-disk', acknowledgement: { by: 'eve' }, silence: null },
      { rule: 'canary-ejected', acknowledgement: null, silence: { rule: 'canary-ejected' } },
    ],
  });
});

test('status lists open incidents without a release too', async ({ json, redis, run }) => {
  const writer = { by: 'test', epoch: 0, channels: [] };
  await new IncidentStore(redis, 'shop').apply(opening('release-lost', 'shop'), writer);
  expect((await run('status')).stdout).toMatch(
    /has no release yet\n\nopen incidents:\nrelease-lost/,
  );
  expect(await json('status')).toMatchObject({ incidents: [{ rule: 'release-lost' }] });
});

test("status shows a silent proxy, and why a proxy withholds the canary's share", async ({
  redis,
  reportForLong,
  run,
  json,
  staged: _release,
}) => {
  const withheld = { reason: 'unjudged', sinceMs: 1_700_000_000_000 } as const;
  await reportForLong({ id: 'web-1-0-aaaaaa' });
  await reportForLong({ id: 'web-2-0-bbbbbb', withheld });
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
