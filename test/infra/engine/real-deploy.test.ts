import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { FaultyProxy } from '../../support/aws/faulty-proxy.ts';
import { Moto, prepareMoto } from '../../support/aws/moto.ts';
import { SesEmulator } from '../../support/aws/ses-emulator.ts';
import { until } from '../../support/until.ts';
import { whyNoRealPlugins } from './support/plugins.ts';
import type { Run } from './support/run.ts';
import {
  crashingVariant,
  deadVariant,
  harmfulVariant,
  harmlessVariant,
} from './support/image-variants.ts';
import { RealRelease } from './support/real-release.ts';
import { unless } from '../../support/skip.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const reason = whyNoRealPlugins() ?? (await prepareMoto());

describe('Deployments on a real Docker engine', unless(reason), () => {
  const started = new AsyncDisposableStack();
  let release: RealRelease;
  let ses: SesEmulator;
  /** In front of an SNS emulator: keeps the messages. */
  let sns: FaultyProxy;
  let good: string;
  /** The image that the first update built. */
  let built: string;

  beforeAll(async () => {
    ses = started.use(await SesEmulator.start());
    const moto = started.use(await Moto.start());
    sns = started.use(await FaultyProxy.start(moto.endpoint));
    release = started.use(
      await RealRelease.start('real-deploy', {
        region: 'eu-central-1',
        alertFrom: 'alerts@perch.internal',
        alertTo: ['team@perch.internal'],
        smsNumbers: ['+4915112345678'],
        thresholds: { hostDiskPercent: false, hostMemoryPercent: false, hostCpuPercent: false },
        // Monitors share the host's network, so they reach the emulators on its loopback.
        monitorEnvironment: {
          AWS_ACCESS_KEY_ID: 'emulator',
          AWS_SECRET_ACCESS_KEY: 'emulator',
          AWS_ENDPOINT_URL_SES: ses.endpoint,
          AWS_ENDPOINT_URL_SNS: sns.endpoint,
        },
      }),
    );
    built = await output('image');
    good = harmlessVariant(built, 'good');
  });
  afterAll(() => started.disposeAsync());

  test('npm run deploy releases an image under load, watches it and reports that it is healthy', async ({
    annotate,
  }) => {
    const { stack, engine, traffic } = release;
    await stack.configure('image', good);
    traffic.setRate(50);
    const run = await engine.deploy(['--stack', stack.name, '--verify', '10']);
    await annotate(summary(run));
    expect(run.output).toContain('deploy: real-deploy is healthy after 10 s');
    expect(run).toSucceed();
    expect(new Set(appImages())).toEqual(new Set([good]));
    expect([...traffic.counts.failures]).toEqual([]);
    expect(await ses.mails()).toEqual([]);
  });

  test('npm run deploy goes back from an image that never gets healthy, fails no request and notifies by email and SMS', async ({
    annotate,
  }) => {
    const { stack, engine, traffic } = release;
    await stack.configure('startTimeoutSeconds', '20');
    await stack.configure('image', deadVariant(built));
    const run = await engine.deploy(['--stack', stack.name, '--verify', '10']);
    await annotate(summary(run));
    expect(run).not.toSucceed();
    expect(run.output).toContain(`the last good image was deployed again: ${good}`);
    expect(new Set(appImages())).toEqual(new Set([good]));
    expect([...traffic.counts.failures]).toEqual([]);
    const subjects = (await ses.mails()).map(({ subject }) => subject);
    expect(subjects).toEqual([
      expect.stringMatching(
        /^\[real-deploy\] deployment of real-deploy failed: .*healthy.*the last good image was deployed again/,
      ),
    ]);
    const sms = sns.bodies.map((body) => new URLSearchParams(body));
    expect(sms.map((message) => message.get('PhoneNumber'))).toEqual(['+4915112345678']);
    expect(sms[0]?.get('Message')).toMatch(/^real-deploy: deployment of real-deploy failed/);
  });

  test('npm run deploy keeps the log of an image that exits, before it goes back', async ({
    annotate,
  }) => {
    const { stack, engine, traffic } = release;
    await stack.configure('image', crashingVariant(built));
    const before = (await ses.mails()).length;
    const run = await engine.deploy(['--stack', stack.name, '--verify', '10']);
    await annotate(summary(run));
    expect(run).not.toSucceed();
    expect(run.output).toMatch(/container \S+ exited \d+ times, with code 17/);
    const file = /deploy: the logs are kept in (\S+)/.exec(run.output)?.[1] ?? '';
    const kept = readFileSync(join(engine.project, file), 'utf8');
    expect(kept).toMatch(/^container \S+ on \S+, .*; its last log lines:$/m);
    expect(kept).toContain('\n  no database\n');
    expect([...traffic.counts.failures]).toEqual([]);
    expect(new Set(appImages())).toEqual(new Set([good]));
    // The monitor has also sent its own, about restarts.
    const mails = (await ses.mails()).slice(before);
    const mail = mails.find(({ subject }) => subject.includes('deployment of real-deploy'));
    expect(mail?.subject).toMatch(
      /deployment of real-deploy failed: .*exited \d+ times, with code 17/,
    );
    expect(mail?.body.text).toContain('  connecting to the database\n  no database\n');
    const redis = await release.redis();
    // The monitor may report in between that the rollout goes on.
    const events = await redis.xrevrange(redisKeys(release.service).events, '+', '-');
    const failed = events.find(([, fields]) => fields.includes('deployment-failed'));
    expect(failed?.[1].join('\n')).toContain('no database');
  });

  test('npm run deploy goes back if the judge ejects the new canary while it watches', async ({
    annotate,
  }) => {
    const { stack, engine, traffic } = release;
    await stack.configure('startTimeoutSeconds', '120');
    await stack.configure('image', harmfulVariant(built, 25));
    const before = (await ses.mails()).length;
    const run = await engine.deploy(['--stack', stack.name, '--verify', '60']);
    await annotate(summary(run));
    expect(run).not.toSucceed();
    expect(run.output).toMatch(
      /deployment of real-deploy failed: .*member canary-0-\w+ was ejected/,
    );
    expect(await output('image')).toBe(good);
    expect(new Set(appImages())).toEqual(new Set([good]));
    // Each of them is a request that the canary itself failed.
    expect([...traffic.counts.failures.keys()]).toEqual(['status 500']);
    // Those about the restarts of the test before may come now.
    const subjects = async () =>
      (await ses.mails())
        .slice(before)
        .map(({ subject }) => subject)
        .filter((subject) => !/\] (Resolved: )?member/.test(subject));
    await until(async () => (await subjects()).length >= 3, {
      what: 'the email that the incident is resolved',
      timeoutMs: 120_000,
    });
    expect((await subjects()).toSorted()).toEqual([
      expect.stringMatching(/^\[real-deploy\] Resolved: canary/),
      expect.stringMatching(/^\[real-deploy\] canary/),
      expect.stringMatching(/^\[real-deploy\] deployment of real-deploy failed/),
    ]);
  });

  /** The deployment's own lines, and the requests since the start. */
  function summary({ output }: Run): string {
    const { total, failed } = release.traffic.counts;
    const said = output.split('\n').filter((line) => line.startsWith('deploy: '));
    return [...said, `${total} requests so far, ${failed} failed`].join('\n');
  }

  function appImages(): string[] {
    const ids = release.containers('app').map(({ id }) => id);
    const format = ['inspect', '--format', '{{.Image}}', ...ids];
    return execFileSync('docker', format, { encoding: 'utf8' }).trim().split('\n');
  }

  async function output(name: string): Promise<string> {
    const { stack } = release;
    return (await stack.must(['stack', 'output', name, '--stack', stack.name])).trim();
  }
});
