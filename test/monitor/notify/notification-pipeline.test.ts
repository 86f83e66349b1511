import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { maxAttempts } from '../../../runtime/core/alerting/retry-delay.ts';
import { onResolution, type IncidentChange } from '../../../runtime/core/alerting/incident.ts';
import type { Channel, ChannelEvent, SendResult } from '../../../runtime/monitor/notify/channel.ts';
import { NotificationPipeline } from '../../../runtime/monitor/notify/notification-pipeline.ts';
import { EmailChannel } from '../../../runtime/monitor/notify/email/email-channel.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { test as base } from '../../support/aws/fixtures.ts';
import { opening } from '../../support/judge/incident.ts';
import { ageOutbox } from '../../support/judge/outbox.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

/** Returns the result that the test sets, and keeps what it was asked to send. */
class TestChannel implements Channel {
  readonly name: string;
  result: SendResult = { kind: 'sent' };
  readonly sent: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  send({ subject, transition }: { subject: string; transition: string }): Promise<SendResult> {
    this.sent.push(`${subject} ${transition}`);
    return Promise.resolve(this.result);
  }
}

const test = base.extend('email', async ({ sesProxy }, { onCleanup }): Promise<EmailChannel> => {
  const email = new EmailChannel({
    from: 'perch@example.com',
    to: ['ops@example.com'],
    region: 'eu-central-1',
    endpoint: sesProxy.endpoint,
  });
  onCleanup(() => email.close());
  return email;
});

async function pipelineOf(
  redis: Redis,
  consumer: string,
  channels: readonly Channel[],
  leads = () => true,
): Promise<NotificationPipeline> {
  const outbox = new Outbox(redis, 'shop', consumer);
  await outbox.open();
  return new NotificationPipeline({ outbox, channels, leads, logger: silentLogger });
}

async function put(redis: Redis, change: IncidentChange, ...channels: string[]): Promise<void> {
  const writer = { by: 'monitor', epoch: 1, channels };
  await new IncidentStore(redis, 'shop').apply(change, writer);
}

function recovery(change: IncidentChange): IncidentChange {
  const end = onResolution(change.incident, 5_000, { summary: 'all is well' });
  if (end === undefined) throw new Error('it was open');
  return end;
}

async function outboxLength(redis: Redis): Promise<number> {
  return await redis.xlen(redisKeys('shop').outbox);
}

test('the pipeline sends each notification through its channel once', async ({ redis }) => {
  const [email, sms] = [new TestChannel('email'), new TestChannel('sms')];
  const pipeline = await pipelineOf(redis, 'one', [email, sms]);
  await put(redis, opening('host-disk', 'host-1'), 'email', 'sms');
  expect(await pipeline.round()).toHaveLength(2);
  expect(await pipeline.round()).toEqual([]);
  expect([email.sent, sms.sent]).toEqual([['host-1 opened'], ['host-1 opened']]);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline sends exactly one email after SES throttled for an hour, with few attempts meanwhile', async ({
  redis,
  ses,
  sesProxy,
  email,
}) => {
  const pipeline = await pipelineOf(redis, 'one', [email]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  sesProxy.fault = 'throttled';
  for (let passedMs = 0; passedMs < 3_600_000; passedMs += 1_000) {
    expect(await pipeline.round()).toEqual([]);
    await ageOutbox(redis, 'shop', 1_000);
  }
  expect(sesProxy.bodies.length).toBeGreaterThan(20);
  expect(sesProxy.bodies.length).toBeLessThan(80);
  sesProxy.fault = 'none';
  await ageOutbox(redis, 'shop', 120_000);
  await pipeline.round();
  await pipeline.round();
  expect(await ses.mails()).toHaveLength(1);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline of the next leader continues what the previous one began, and sends nothing twice', async ({
  redis,
  ses,
  sesProxy,
  email,
}) => {
  await put(redis, opening('host-disk', 'host-1'), 'email');
  sesProxy.fault = 'throttled';
  await (await pipelineOf(redis, 'one', [email])).round();
  sesProxy.fault = 'none';
  const two = await pipelineOf(redis, 'two', [email]);
  await two.round();
  expect(await ses.mails()).toHaveLength(0);
  await ageOutbox(redis, 'shop', 20_000);
  await Promise.all([two.round(), (await pipelineOf(redis, 'three', [email])).round()]);
  expect(await ses.mails()).toHaveLength(1);
});

test('the pipeline sends nothing after its monitor lost leadership', async ({ redis }) => {
  const channel = new TestChannel('email');
  const pipeline = await pipelineOf(redis, 'one', [channel], () => false);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await pipeline.round();
  expect(channel.sent).toEqual([]);
  expect(await outboxLength(redis)).toBe(1);
});

test('a failing channel does not delay another channel', async ({ redis }) => {
  const sms = new TestChannel('sms');
  const email = new TestChannel('email');
  email.result = { kind: 'failed', reason: 'down' };
  await put(redis, opening('host-disk', 'host-1'), 'email', 'sms');
  await put(redis, opening('host-cpu', 'host-1'), 'email', 'sms');
  await (await pipelineOf(redis, 'one', [email, sms])).round();
  expect(sms.sent).toHaveLength(2);
  expect(email.sent).toHaveLength(1);
});

test('overlapping rounds send each notification once', async ({ redis }) => {
  const email = new TestChannel('email');
  const pipeline = await pipelineOf(redis, 'one', [email]);
  for (let host = 0; host < 20; host += 1)
    await put(redis, opening('host-disk', `h${host}`), 'email');
  await Promise.all(Array.from({ length: 10 }, () => pipeline.round()));
  await ageOutbox(redis, 'shop', 2_000);
  await Promise.all(Array.from({ length: 10 }, () => pipeline.round()));
  expect(email.sent).toHaveLength(20);
  expect(await outboxLength(redis)).toBe(0);
});

test('a slow channel does not delay another channel', async ({ redis }) => {
  const sms = new TestChannel('sms');
  const answered = Promise.withResolvers<SendResult>();
  const email = { name: 'email', send: () => answered.promise };
  await put(redis, opening('host-disk', 'host-1'), 'email', 'sms');
  const pipeline = await pipelineOf(redis, 'one', [email, sms]);
  const first = pipeline.round();
  await until(() => sms.sent.length === 1, { what: 'the first SMS' });
  await put(redis, opening('host-cpu', 'host-1'), 'email', 'sms');
  expect(await pipeline.round()).toEqual([{ channel: 'sms', kind: 'delivered', reason: '' }]);
  answered.resolve({ kind: 'sent' });
  expect(await first).toHaveLength(2);
  await ageOutbox(redis, 'shop', 2_000);
  await pipeline.round();
  expect(await outboxLength(redis)).toBe(0);
});

test('a channel with hundreds of waiting notifications does not delay another channel', async ({
  redis,
}) => {
  const sms = new TestChannel('sms');
  const email = new TestChannel('email');
  email.result = { kind: 'failed', reason: 'down' };
  const pipeline = await pipelineOf(redis, 'one', [email, sms]);
  for (let host = 0; host < 450; host += 1)
    await put(redis, opening('host-disk', `h${host}`), 'email');
  for (let round = 0; round < 3; round += 1) await pipeline.round();
  await put(redis, opening('host-cpu', 'host-1'), 'email', 'sms');
  await pipeline.round();
  expect(sms.sent).toEqual(['host-1 opened']);
  expect(pipeline.pending).toEqual(new Map([['email', 451]]));
});

test('the pipeline never reports the end of an incident before its beginning', async ({
  redis,
}) => {
  const channel = new TestChannel('email');
  const pipeline = await pipelineOf(redis, 'one', [channel]);
  const change = opening('host-disk', 'host-1');
  channel.result = { kind: 'failed', reason: 'down' };
  await put(redis, change, 'email');
  await pipeline.round();
  channel.result = { kind: 'sent' };
  await put(redis, recovery(change), 'email');
  await put(redis, opening('host-cpu', 'host-2'), 'email');
  await pipeline.round();
  expect(channel.sent).toEqual(['host-1 opened', 'host-2 opened']);
  await ageOutbox(redis, 'shop', 2_000);
  await pipeline.round();
  expect(channel.sent.slice(2)).toEqual(['host-1 opened', 'host-1 resolved']);
});

test('the pipeline gives up a rejected notification and reports it', async ({ redis }) => {
  const channel = new TestChannel('email');
  channel.result = { kind: 'rejected', reason: 'no such number' };
  const pipeline = await pipelineOf(redis, 'one', [channel]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  const events: ChannelEvent[] = await pipeline.round();
  expect(events).toEqual([{ channel: 'email', kind: 'given-up', reason: 'no such number' }]);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline gives up after the last attempt and reports it', async ({ redis }) => {
  const channel = new TestChannel('email');
  channel.result = { kind: 'failed', reason: 'down' };
  const pipeline = await pipelineOf(redis, 'one', [channel]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  const events: ChannelEvent[] = [];
  for (let round = 0; round < maxAttempts; round += 1) {
    events.push(...(await pipeline.round()));
    await ageOutbox(redis, 'shop', 120_000);
  }
  expect(channel.sent).toHaveLength(maxAttempts);
  expect(events).toEqual([{ channel: 'email', kind: 'given-up', reason: 'down' }]);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline drops notifications that it cannot read and those of channels that no longer exist', async ({
  redis,
}) => {
  await put(redis, opening('host-disk', 'host-1'), 'pager');
  await redis.xadd(redisKeys('shop').outbox, '*', 'channel', 'email', 'notice', '{}');
  await (await pipelineOf(redis, 'one', [new TestChannel('email')])).round();
  expect(await outboxLength(redis)).toBe(0);
});
