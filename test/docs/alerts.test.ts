/**
 * Compares the emails in docs/alerts.md with those that the judge and the pipeline send.
 * `npx vitest run test/docs/alerts.test.ts --update` writes them anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ChannelHealth } from '../../runtime/monitor/notify/channel-health.ts';
import { EmailChannel } from '../../runtime/monitor/notify/email/email-channel.ts';
import { SampleStore } from '../../runtime/store/judge/sample-store.ts';
import { useEmulatorCredentials } from '../support/aws/credentials.ts';
import { SesEmulator } from '../support/aws/ses-emulator.ts';
import { test as base, type JudgeStage } from '../support/judge/judge-stage.ts';
import { notification } from '../support/judge/notification.ts';
import { PipelineStage } from '../support/judge/pipeline-stage.ts';

const page = join(import.meta.dirname, '../../docs/alerts.md');
const begin = '<!-- emails: npx vitest run test/docs/alerts.test.ts --update -->\n';
const end = '<!-- end of the emails -->\n';
const noon = Date.UTC(2026, 0, 31, 12);

/** Runs something, and returns the emails that came of it as they stand on the page. */
type EmailsOf = (run: (stage: JudgeStage) => Promise<void>) => Promise<string>;

const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
  .extend('ses', { scope: 'file' }, async ({}, { onCleanup }): Promise<SesEmulator> => {
    useEmulatorCredentials();
    const ses = await SesEmulator.start();
    onCleanup(() => ses[Symbol.asyncDispose]());
    return ses;
  })
  .extend('emailsOf', ({ stage, ses }): EmailsOf => {
    return async (run) => {
      stage.nowMs = noon;
      await stage.redis.flushall();
      await stage.open();
      const channel = new EmailChannel({
        from: 'perch@example.com',
        to: ['team@example.com'],
        link: 'https://console.example.com/',
        region: 'eu-central-1',
        endpoint: ses.endpoint,
      });
      await ses.clear();
      await run(stage);
      const pipeline = await PipelineStage.open(stage.redis, 'one', [channel]);
      await pipeline.flush();
      channel.close();
      const mails = await ses.mails();
      expect(mails, 'emails of the section').not.toEqual([]);
      return mails
        .map(({ subject, body }) => `\`\`\`\nSubject: ${subject}\n\n${body.text?.trim()}\n\`\`\`\n`)
        .join('\n');
    };
  });

/** Ejects a canary that fails, reminds of it, and reinstates it once it is mended. */
const ejection = [
  async (stage: JudgeStage) => {
    stage.beginTerm();
    await stage.staged.stage();
    await stage.dateDocument();
    await stage.run(6);
    await stage.failCanary();
    await stage.run();
  },
  async (stage: JudgeStage) => {
    await stage.run();
    stage.nowMs += 900_000;
    await stage.run();
  },
  async (stage: JudgeStage) => {
    await stage.reinstateCanary();
    await stage.dateDocument();
    await stage.run();
    const traffic = { stable: { requests: 750 }, canary: { requests: 250 } };
    await stage.staged.handIn(stage.nowMs, traffic);
    await stage.run(2);
  },
];

/** Runs the first `count` parts, and drops the notifications of all but the last. */
async function lastOf(stage: JudgeStage, parts: typeof ejection): Promise<void> {
  for (const [index, part] of parts.entries()) {
    if (index > 0) await stage.dropNotifications();
    await part(stage);
  }
}

async function fillDisks(stage: JudgeStage, hosts: readonly string[]): Promise<void> {
  await stage.staged.stage();
  stage.beginTerm();
  const samples = new SampleStore(stage.redis, 'shop');
  for (let second = 0; second < 62; second += 1) {
    for (const host of hosts) {
      const disks = [{ path: '/', usedPercent: 91 }];
      await samples.write({ host, at: stage.nowMs, disks, workloads: [], problems: [] });
    }
    await stage.run();
  }
}

async function failWebhook(stage: JudgeStage): Promise<void> {
  await stage.staged.stage();
  const channelHealth = new ChannelHealth(() => stage.nowMs);
  const reason = 'the webhook responded with status 503';
  for (const number of [1, 2, 3]) {
    const notifications = [notification()] as const;
    channelHealth.record({ channel: 'webhook', outcome: 'failed', number, reason, notifications });
    stage.nowMs += 1_000;
  }
  stage.beginTerm({}, { channelHealth, channels: ['email', 'webhook'] });
  await stage.run();
}

test('docs/alerts.md prints an email of each kind as Perch sends it', async ({ emailsOf }) => {
  const sections: [title: string, run: (stage: JudgeStage) => Promise<void>][] = [
    ['A canary was ejected for its errors', (stage) => lastOf(stage, ejection.slice(0, 1))],
    ['It is still open after 15 minutes', (stage) => lastOf(stage, ejection.slice(0, 2))],
    ['It is resolved', (stage) => lastOf(stage, ejection)],
    ['A rule fires', (stage) => fillDisks(stage, ['web-1'])],
    [
      'Several incidents open within 10 s',
      (stage) => fillDisks(stage, ['web-1', 'web-2', 'web-3']),
    ],
    ['A channel fails', failWebhook],
  ];
  const printed: string[] = [];
  for (const [title, run] of sections) {
    const emails = await emailsOf(run);
    expect(emails, `${title} has an email`).toContain('Subject: ');
    printed.push(`### ${title}\n\n${emails}`);
  }
  const text = readFileSync(page, 'utf8');
  const [before, after] = [text.split(begin)[0], text.split(end)[1]];
  expect(after, `${page} has the marks of the emails`).toBeDefined();
  const expected = `${before}${begin}\n${printed.join('\n')}\n${end}${after}`;
  await expect(expected).toMatchFileSnapshot(page);
});
