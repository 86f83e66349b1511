import { request } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { periodStart } from '../../runtime/core/analysis/traffic-period.ts';
import { EventLog } from '../../runtime/store/incidents/event-log.ts';
import {
  evidenceHistories,
  EvidenceHistoryStore,
} from '../../runtime/store/judge/evidence-history-store.ts';
import { SampleStore } from '../../runtime/store/judge/sample-store.ts';
import { FaultyProxy } from '../support/aws/faulty-proxy.ts';
import { StagedRelease } from '../support/judge/monitor.ts';
import { PerchProcess } from '../support/processes/perch-process.ts';
import { perch } from '../support/processes/perch.ts';
import { freePort } from '../../rehearsal/loopback.ts';
import { test } from './fixtures.ts';
import { until } from '../support/until.ts';

async function leaderOf(redis: Redis): Promise<string | undefined> {
  return (await redis.get(redisKeys('shop').leader))?.split(' ')[0];
}

/** The process id is part of a monitor's name. */
function pidOf(holder: string): number {
  return Number(/\/(\d+)-/.exec(holder)?.[1]);
}

async function ask(socketPath: string, path: string) {
  return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    request({ socketPath, path }, (response) => {
      resolve(text(response).then((body) => ({ status: response.statusCode, body })));
    })
      .on('error', reject)
      .end();
  });
}

test('perch monitor samples its host, is healthy, and gives the lease up when it ends', async ({
  redis,
  folder,
  environment,
}) => {
  const socket = join(folder, 'admin.sock');
  await using monitor = new PerchProcess(['monitor', '--admin', `unix:${socket}`], environment);
  const staged = new StagedRelease(redis, 'shop');
  const samples = new SampleStore(redis, 'shop');
  const sampled = await until(
    async () => (await samples.list()).find(({ cpuPercent }) => cpuPercent),
    {
      what: 'a sample with the CPU use',
    },
  );
  expect(sampled.host).toBe('host-1');
  expect(sampled.memoryAvailableBytes).toBeGreaterThan(0);
  expect(Math.abs(sampled.clockOffsetMs ?? Number.NaN)).toBeLessThan(1_000);
  await until(() => leaderOf(redis), { what: 'a leader' });
  expect(await ask(socket, '/healthz')).toMatchObject({ status: 200 });
  expect((await ask(socket, '/readyz')).body).toContain('"leads":true');
  await staged.stage();
  const scraped = await until(
    async () => {
      const { body } = await ask(socket, '/metrics');
      return body.includes('perch_monitor_verdict{') && body;
    },
    { what: 'metrics of a cycle of the release' },
  );
  expect(scraped).toMatch(/^perch_monitor_samples_total{outcome="written",service="shop"} [1-9]/m);
  expect(scraped).toMatch(/^perch_monitor_leader{service="shop"} 1$/m);
  expect(await ask(socket, '/nowhere')).toMatchObject({ status: 404 });
  monitor.signal('SIGTERM');
  expect(await monitor.ended()).toBe(0);
  expect(await leaderOf(redis)).toBeUndefined();
});

test('perch monitor ejects a bad canary and sends one email, even if its leader is suspended and resumed', async ({
  redis,
  ses,
  environment,
}) => {
  const begunMs = periodStart(Date.now(), evidenceHistories.buckets.lengthMs);
  const staged = new StagedRelease(redis, 'shop');
  await staged.stage();
  await using one = new PerchProcess(['monitor'], environment);
  const first = await until(() => leaderOf(redis), { what: 'a leader' });
  await using _two = new PerchProcess(['monitor'], environment);
  await until(async () => String(await redis.client('LIST')).split('perch-monitor').length > 2, {
    what: 'both monitors to be connected',
  });
  process.kill(pidOf(first), 'SIGSTOP');
  try {
    await until(async () => ![undefined, first].includes(await leaderOf(redis)), {
      what: 'another leader',
    });
    const canary = { requests: 40, failures: 20 };
    await staged.handIn(Date.now(), { stable: { requests: 120 }, canary });
    await until(async () => (await ses.mails()).length > 0, { what: 'a mail' });
  } finally {
    process.kill(pidOf(first), 'SIGCONT');
  }
  await until(() => one.output.includes('lost leadership'), {
    what: 'the suspended leader to lose leadership',
  });
  await until(async () => (await redis.xlen(redisKeys('shop').outbox)) === 0, {
    what: 'the outbox to be empty',
  });
  const evidence = new EvidenceHistoryStore(redis, 'shop');
  await until(
    async () =>
      (await evidence.read('buckets', begunMs, Date.now())).some(
        ({ harm }) => (harm.errors ?? 0) >= 100,
      ),
    { what: 'evidence above its bound in the history, once its ten seconds are over' },
  );
  const types = (await new EventLog(redis, 'shop').last(100)).map(({ type }) => type);
  expect(types.filter((type) => type === 'canary-ejected')).toHaveLength(1);
  expect(await ses.mails()).toHaveLength(1);
});

test('perch monitor --check prints the rules in force and does nothing else', async ({
  folder,
}) => {
  const file = join(folder, 'monitor.json');
  await writeFile(file, '{"rules":{"hostDiskPercent":85}}');
  const { code, stdout } = await perch(['monitor', '--config', file, '--check'], {});
  expect(code).toBe(0);
  expect(stdout).toContain('host-disk: host.disk-percent above 85% for 1 min: alert\n');
});

test('perch monitor --check tries every channel, sends nothing, and fails with the reasons', async ({
  ses,
  environment,
}) => {
  await using proxy = await FaultyProxy.start(ses.endpoint);
  proxy.fault = 'refused';
  const config = environment['PERCH_MONITOR_CONFIG']?.replace(ses.endpoint, proxy.endpoint) ?? '';
  const webhook = { PERCH_WEBHOOK_URL: `${ses.endpoint}/token` };
  const checked = await perch(['monitor', '--check'], {
    ...environment,
    ...webhook,
    PERCH_MONITOR_CONFIG: config,
  });
  const reason = 'InvalidClientTokenId: The security token included in the request is invalid';
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain('host-disk: ');
  expect(checked.stdout).toContain(`\nemail: failed, ${reason}\n`);
  expect(checked.stdout).toContain('\nwebhook: the server of the webhook can be reached\n');
  expect(checked.stderr).toBe(`perch: no notification would be sent through email (${reason})\n`);
  expect(checked.stdout + checked.stderr).not.toContain('/token');
  expect(proxy.bodies.map((body) => new URLSearchParams(body).get('Action'))).toEqual([
    'GetSendQuota',
  ]);
  expect(await ses.mails()).toEqual([]);
});

test('perch monitor refuses a bad configuration with all of its problems and no secret', async () => {
  const bad = {
    rules: { hostDsk: 1, hostCpuPercent: 'much' },
    email: { from: 'me', to: [] },
    webhook: { url: 'ftp://hush' },
  };
  const { code, stderr } = await perch(['monitor', '--check'], {
    PERCH_MONITOR_CONFIG: JSON.stringify(bad),
  });
  expect(code).toBe(2);
  expect(stderr).toContain('rules.hostDsk is not known; did you mean hostDiskPercent?');
  expect(stderr).toContain('rules.hostCpuPercent must be a number, false, or');
  expect(stderr).toContain(
    'email.from must be one email address, such as Perch <perch@example.com>, got me',
  );
  expect(stderr).toContain('email.to must hold at least one address');
  expect(stderr).toContain('webhook.url must be an http or https URL');
  expect(stderr).not.toContain('hush');
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('perch test-alert sends one notification through every channel, and fails if one refuses it', async ({
  ses,
  environment,
}) => {
  const sent = await perch(['test-alert'], environment);
  expect(sent).toMatchObject({ code: 0, stdout: 'email: sent\n' });
  expect((await ses.mails())[0]?.subject).toContain(
    'this is a test: nothing is wrong, nothing was done',
  );
  const webhook = { PERCH_WEBHOOK_URL: `http://127.0.0.1:${await freePort()}/token` };
  const failed = await perch(['test-alert'], { ...environment, ...webhook });
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('webhook: failed, the webhook could not be reached');
  expect(failed.stderr).toBe('perch: the notification was not delivered through webhook\n');
  expect(failed.stdout + failed.stderr).not.toContain('token');
});

test('perch notify sends a notification through the same channels, and refuses an incomplete one', async ({
  ses,
  environment,
}) => {
  const about = ['--rule', 'deployment-failed', '--subject', 'prod'];
  const what = ['--summary', 'deployment of prod failed', '--action', 'version 1 is back'];
  expect(await perch(['notify', ...about, ...what], environment)).toMatchObject({ code: 0 });
  expect((await ses.mails()).map(({ subject }) => subject)).toEqual([
    '[shop] deployment of prod failed; version 1 is back',
  ]);
  await using proxy = await FaultyProxy.start(ses.endpoint);
  proxy.fault = 'throttled';
  const config = environment['PERCH_MONITOR_CONFIG']?.replace(ses.endpoint, proxy.endpoint) ?? '';
  // The name of the option in release 0.1.
  const inOldWords = what.map((word) => word.replace('--summary', '--headline'));
  const again = perch(['notify', ...about, ...inOldWords], {
    ...environment,
    PERCH_MONITOR_CONFIG: config,
  });
  await until(() => proxy.bodies.length > 0, { what: 'a first try, which is throttled' });
  proxy.fault = 'none';
  expect(await again).toMatchObject({ code: 0 });
  expect(await ses.mails()).toHaveLength(2);
  const log = 'container stable-0 on web-1, Exited (1); its last log lines:\n  no database';
  expect(await perch(['notify', ...about, ...what, '--log', log], environment)).toMatchObject({
    code: 0,
  });
  expect((await ses.mails())[2]?.body.text).toContain(log);
  const events = await perch(['events', '--json'], environment);
  const last = JSON.parse(events.stdout.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({
    type: 'deployment-failed',
    text: 'deployment of prod failed; version 1 is back',
    detail: JSON.stringify({ actions: ['version 1 is back'], logs: [log] }),
  });
  const refused = await perch(['notify', ...about], environment);
  expect(refused).toMatchObject({ code: 2, stderr: 'perch: summary must be given\n' });
});
