import { expect } from 'vitest';
import { EmailChannel } from '../../../../runtime/monitor/notify/email/email-channel.ts';
import { test as base } from '../../../support/aws/fixtures.ts';
import type { FaultyProxy } from '../../../support/aws/faulty-proxy.ts';
import { notification } from '../../../support/judge/notification.ts';

const test = base.extend('channel', async ({ sesProxy }, { onCleanup }): Promise<EmailChannel> => {
  const channel = new EmailChannel({
    from: 'Perch <perch@example.com>',
    to: ['ops@example.com', 'dev@example.com'],
    link: 'https://perch.example.com/',
    region: 'eu-central-1',
    endpoint: sesProxy.endpoint,
  });
  onCleanup(() => channel.close());
  return channel;
});

/** Header section of the last message that was sent. */
function headerOf({ bodies }: FaultyProxy): string {
  const data = new URLSearchParams(bodies.at(-1)).get('RawMessage.Data') ?? '';
  const message = Buffer.from(data, 'base64').toString();
  return message.slice(0, message.indexOf('\r\n\r\n'));
}

test('the email channel sends one email to all recipients, in text and in HTML', async ({
  channel,
  ses,
}) => {
  expect(await channel.send([notification()])).toEqual({ kind: 'sent' });
  const [email, ...others] = await ses.mails();
  expect(others).toEqual([]);
  expect(email?.subject).toMatch(/^\[shop\] canary 2\.0\.0 fails/);
  expect(email?.destination.to.join()).toContain('ops@example.com');
  expect(email?.destination.to.join()).toContain('dev@example.com');
  expect(email?.body.text).toContain('flag new_feature disabled');
  expect(email?.body.html).toContain('<li>flag new_feature disabled</li>');
});

test('emails of one incident form one thread, and those of another incident do not join it', async ({
  channel,
  sesProxy,
}) => {
  const threads: (string | undefined)[] = [];
  const other = { incidentId: 'host-disk|host-1|5' };
  for (const about of [
    notification(),
    notification({ transition: 'resolved' }),
    notification(other),
  ]) {
    await channel.send([about]);
    threads.push(/^References:([^]*?)\r\n(?! )/m.exec(headerOf(sesProxy))?.[1]);
  }
  expect(sesProxy.bodies).toHaveLength(3);
  expect(threads[0]).toMatch(/<[\w-]+@shop\.perch\.invalid>/);
  expect(threads[1]).toBe(threads[0]);
  expect(threads[2]).not.toBe(threads[0]);
  expect(headerOf(sesProxy)).toMatch(/^Auto-Submitted: auto-generated\r$/m);
});

test('a notification cannot inject further headers into an email', async ({
  channel,
  sesProxy,
}) => {
  const summary = 'disk full\r\nBcc: victim@example.com';
  await channel.send([notification({ details: { summary, actions: [] } })]);
  expect(headerOf(sesProxy)).not.toMatch(/^Bcc:/im);
});

test('an email that SES throttles has failed after one attempt, with the reason', async ({
  channel,
  sesProxy,
}) => {
  sesProxy.fault = 'throttled';
  const result = await channel.send([notification()]);
  expect(result).toMatchObject({ kind: 'failed' });
  expect(result).toHaveProperty('reason', expect.stringContaining('Throttling'));
  expect(sesProxy.bodies).toHaveLength(1);
});

test('an email that a broken SES refuses has failed and can be sent again', async ({
  channel,
  sesProxy,
}) => {
  sesProxy.fault = 'broken';
  expect(await channel.send([notification()])).toMatchObject({ kind: 'failed' });
});
