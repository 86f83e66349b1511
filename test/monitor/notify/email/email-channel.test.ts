import { describe, expect, vi } from 'vitest';
import { EmailChannel } from '../../../../runtime/monitor/notify/email/email-channel.ts';
import { test as base } from '../../../support/aws/fixtures.ts';
import type { FaultyProxy } from '../../../support/aws/faulty-proxy.ts';
import { prepareMoto } from '../../../support/aws/moto.ts';
import { notification } from '../../../support/judge/notification.ts';
import { freePort } from '../../../../rehearsal/loopback.ts';
import { unless } from '../../../support/skip.ts';

const missing = await prepareMoto();
const region = 'eu-central-1';
const envelope = { from: 'perch@example.com', to: ['ops@example.com'] };

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

test('an email with refused credentials has failed for certain', async ({ channel, sesProxy }) => {
  sesProxy.fault = 'refused';
  expect(await channel.send([notification()])).toEqual({
    kind: 'failed',
    reason: 'InvalidClientTokenId: The security token included in the request is invalid',
  });
});

test('an email whose connection breaks before SES answers may have been sent, and was one request', async ({
  channel,
  ses,
  sesProxy,
}) => {
  sesProxy.fault = 'answer-lost';
  expect(await channel.send([notification()])).toMatchObject({ kind: 'unknown' });
  expect(sesProxy.bodies).toHaveLength(1);
  expect(await ses.mails()).toHaveLength(1);
});

test("an attempt is one request, whatever the SDK's environment says", async ({ sesProxy }) => {
  vi.stubEnv('AWS_MAX_ATTEMPTS', '5');
  const channel = new EmailChannel({ ...envelope, region, endpoint: sesProxy.endpoint });
  try {
    for (const fault of ['throttled', 'broken', 'answer-lost'] as const) {
      sesProxy.fault = fault;
      await channel.send([notification()]);
    }
  } finally {
    vi.unstubAllEnvs();
    channel.close();
  }
  expect(sesProxy.bodies).toHaveLength(3);
});

test('an email that finds no server has failed for certain', async () => {
  for (const host of [`127.0.0.1:${await freePort()}`, 'ses.invalid']) {
    const channel = new EmailChannel({ ...envelope, region, endpoint: `http://${host}` });
    expect(await channel.send([notification()])).toMatchObject({ kind: 'failed' });
    expect(await channel.check()).toMatchObject({ ok: false });
    channel.close();
  }
});

test('one email about a group belongs to the thread of each of its incidents', async ({
  channel,
  sesProxy,
}) => {
  await channel.send([notification(), notification({ incidentId: 'host-disk|host-1|5' })]);
  const references = /^References:([^]*?)\r\n(?! )/m.exec(headerOf(sesProxy))?.[1];
  expect(references?.match(/<[\w-]+@shop\.perch\.invalid>/g)).toHaveLength(2);
  expect(sesProxy.bodies).toHaveLength(1);
});

describe('with moto', unless(missing), () => {
  test('the check of the email channel tries the credentials and sends nothing', async ({
    motoProxy,
  }) => {
    const channel = new EmailChannel({ ...envelope, region, endpoint: motoProxy.endpoint });
    expect(await channel.check()).toEqual({
      ok: true,
      text: expect.stringContaining('SES accepts the credentials'),
    });
    motoProxy.fault = 'refused';
    expect(await channel.check()).toEqual({
      ok: false,
      reason: 'InvalidClientTokenId: The security token included in the request is invalid',
    });
    expect(motoProxy.bodies.map((body) => new URLSearchParams(body).get('Action'))).toEqual([
      'GetSendQuota',
      'GetSendQuota',
    ]);
    channel.close();
  });
});
