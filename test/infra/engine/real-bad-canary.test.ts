import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../../rehearsal/traffic/send-request.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { SesEmulator } from '../../support/aws/ses-emulator.ts';
import { until } from '../../support/until.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import { RealRelease } from './support/real-release.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins();
const requestsBefore = 400;
const requestsAfter = 1_000;

describe('A bad canary, really', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let ses: SesEmulator;
  let release: RealRelease;

  beforeAll(async () => {
    ses = started.use(await SesEmulator.start());
    release = started.use(
      await RealRelease.start('real-bad-canary', {
        region: 'eu-central-1',
        alertFrom: 'perch@perch.internal',
        alertTo: ['team@perch.internal'],
        killFlags: ['new_feature'],
        // The monitor's own AWS client reads these; the monitor shares this machine's loopback.
        monitorEnvironment: {
          AWS_ENDPOINT_URL_SES: ses.endpoint,
          AWS_ACCESS_KEY_ID: 'emulated',
          AWS_SECRET_ACCESS_KEY: 'emulated',
        },
      }),
    );
    const [member] = release.containers('app');
    execFileSync('docker', ['exec', member?.id ?? '', 'perch', 'app', 'seed-flags']);
  });
  afterAll(() => started.disposeAsync());

  test('the monitor that an update started ejects a bad canary, switches its flag off and sends one email', async ({
    annotate,
  }) => {
    const { traffic, stack } = release;
    const canary: Answer[] = [];
    traffic.onAnswer((answer) => {
      if (answer.version === 'bad' && answer.track === 'canary') canary.push(answer);
    });
    traffic.setRate(50);
    await until(() => traffic.counts.total >= requestsBefore, { timeoutMs: 60_000 });
    expect(await flagState()).toBe('ENABLED');

    await stack.configure('buildContext', 'test/infra/engine/support/bad-canary');
    await stack.configure('version', 'bad');
    const update = stack.up();
    await until(async () => (await release.members('bad', 'ejected')).length > 0, {
      what: 'the canary to be ejected',
      timeoutMs: 180_000,
      everyMs: 20,
    });
    const document = await release.document();
    await until(async () => (await ses.mails()).length > 0, {
      what: 'an email',
      timeoutMs: 60_000,
      everyMs: 20,
    });
    const mailAt = Date.now();
    const run = await update;
    const ejectedAt = document?.updatedAt ?? 0;
    const total = traffic.counts.total;
    await until(() => traffic.counts.total >= total + requestsAfter, { timeoutMs: 120_000 });
    await traffic.pause();

    const firstBadAt = canary.find(({ failure }) => failure !== undefined)?.dueAt ?? 0;
    const failed = canary.filter(({ failure }) => failure !== undefined).length;
    const last = canary.at(-1)?.dueAt ?? 0;
    await annotate(
      [
        `update ${run.ok ? 'succeeded' : 'failed'}`,
        `${Math.round(ejectedAt - firstBadAt)} ms from the first 500 to the ejection`,
        `${Math.round(last - ejectedAt)} ms from there to the last request that the canary got`,
        `${Math.round(mailAt - ejectedAt)} ms from there to the email`,
        `${canary.length} requests to the canary, ${failed} failed`,
        `${traffic.counts.total} requests in all, ${traffic.counts.failed} failed`,
        document?.reason ?? '',
      ].join('; '),
    );
    expect(document).toMatchObject({ weight: 0, phase: 'aborted' });
    expect(failed).toBeGreaterThan(0);
    expect(traffic.counts.failed).toBe(failed);
    expect(await flagState()).toBe('DISABLED');
    const mails = await ses.mails();
    expect(mails.map(({ destination }) => destination.to)).toEqual([['team@perch.internal']]);
    expect(mails[0]?.subject).toContain('[real-bad-canary]');
    expect(mails[0]?.body.text).toContain('new_feature');
  });

  async function flagState(): Promise<unknown> {
    const redis = await release.redis();
    const text = await redis.hget(redisKeys(release.service).flags, 'new_feature');
    return (JSON.parse(text ?? '{}') as { state?: unknown }).state;
  }
});
