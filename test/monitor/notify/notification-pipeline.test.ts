import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { maxAttempts } from '../../../runtime/core/alerting/retry-delay.ts';
import type { SendResult } from '../../../runtime/monitor/notify/channel.ts';
import { EmailChannel } from '../../../runtime/monitor/notify/email/email-channel.ts';
import { test as base } from '../../support/aws/fixtures.ts';
import { opening, recovery } from '../../support/judge/incident.ts';
import { ageOutbox } from '../../support/judge/outbox.ts';
import {
  outboxLength,
  PipelineStage,
  put,
  TestChannel,
} from '../../support/judge/pipeline-stage.ts';
import { until } from '../../support/until.ts';

const down: SendResult = { kind: 'failed', reason: 'down' };

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

test('the pipeline sends each notification through its channel once', async ({ redis }) => {
  const [email, sms] = [new TestChannel('email'), new TestChannel('sms')];
  const stage = await PipelineStage.open(redis, 'one', [email, sms]);
  await put(redis, opening('host-disk', 'host-1'), 'email', 'sms');
  await stage.flush();
  await stage.flush();
  expect([email.sent, sms.sent]).toEqual([['host-1 opened'], ['host-1 opened']]);
  expect(stage.outcomes).toEqual(['sent', 'sent']);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline sends exactly one email after SES throttled for an hour, with few attempts meanwhile', async ({
  redis,
  ses,
  sesProxy,
  email,
}) => {
  const stage = await PipelineStage.open(redis, 'one', [email]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  sesProxy.fault = 'throttled';
  for (let passedMs = 0; passedMs < 3_600_000; passedMs += 1_000) {
    await stage.round();
    await stage.age(1_000);
  }
  expect(sesProxy.bodies.length).toBeGreaterThan(20);
  expect(sesProxy.bodies.length).toBeLessThan(80);
  expect(new Set(stage.outcomes)).toEqual(new Set(['failed']));
  sesProxy.fault = 'none';
  await stage.age(120_000);
  await stage.round();
  await stage.round();
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
  await (await PipelineStage.open(redis, 'one', [email])).flush();
  expect(sesProxy.bodies).toHaveLength(1);
  sesProxy.fault = 'none';
  const two = await PipelineStage.open(redis, 'two', [email]);
  await two.round();
  expect(await ses.mails()).toHaveLength(0);
  await ageOutbox(redis, 'shop', 20_000);
  await Promise.all([two.round(), (await PipelineStage.open(redis, 'three', [email])).round()]);
  expect(await ses.mails()).toHaveLength(1);
});

test('the pipeline sends nothing after its monitor lost leadership', async ({ redis }) => {
  const channel = new TestChannel('email');
  const stage = await PipelineStage.open(redis, 'one', [channel], false);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await stage.flush();
  expect(channel.sent).toEqual([]);
  expect(await outboxLength(redis)).toBe(1);
});

test('a failing channel does not delay another channel', async ({ redis }) => {
  const sms = new TestChannel('sms');
  const email = new TestChannel('email');
  email.result = down;
  await put(redis, opening('host-disk', 'host-1'), 'email', 'sms');
  await put(redis, opening('host-cpu', 'host-1'), 'email', 'sms');
  await (await PipelineStage.open(redis, 'one', [email, sms])).flush();
  expect(sms.sent).toHaveLength(2);
  expect(email.messages).toHaveLength(1);
});

test('overlapping rounds send each notification once', async ({ redis }) => {
  const email = new TestChannel('email');
  const stage = await PipelineStage.open(redis, 'one', [email]);
  for (let host = 0; host < 20; host += 1) {
    await put(redis, opening('host-disk', `h${host}`), 'email');
  }
  await Promise.all(Array.from({ length: 10 }, () => stage.round()));
  await stage.age(20_000);
  await Promise.all(Array.from({ length: 10 }, () => stage.round()));
  expect(email.sent).toHaveLength(20);
  expect(await outboxLength(redis)).toBe(0);
});

test('a slow channel does not delay another channel', async ({ redis }) => {
  const sms = new TestChannel('sms');
  const answered = Promise.withResolvers<SendResult>();
  const email = new TestChannel('email');
  email.send = () => answered.promise;
  await put(redis, opening('canary-ejected', 'canary'), 'email', 'sms');
  const stage = await PipelineStage.open(redis, 'one', [email, sms]);
  const first = stage.round();
  await until(() => sms.sent.length === 1, { what: 'the first SMS' });
  await put(redis, opening('host-cpu', 'host-1'), 'email', 'sms');
  await stage.flush();
  expect(sms.sent).toHaveLength(2);
  answered.resolve({ kind: 'sent' });
  await first;
  await stage.flush();
  expect(await outboxLength(redis)).toBe(0);
});

test('a channel with hundreds of waiting notifications does not delay another channel', async ({
  redis,
}) => {
  const sms = new TestChannel('sms');
  const email = new TestChannel('email');
  email.result = down;
  const stage = await PipelineStage.open(redis, 'one', [email, sms]);
  for (let host = 0; host < 450; host += 1) {
    await put(redis, opening('host-disk', `h${host}`), 'email');
  }
  for (let round = 0; round < 3; round += 1) await stage.round();
  await put(redis, opening('host-cpu', 'host-1'), 'email', 'sms');
  await stage.flush();
  expect(sms.sent).toEqual(['host-1 opened']);
  expect(stage.pipeline.pending).toEqual(new Map([['email', 451]]));
});

test('the pipeline never reports the end of an incident before its beginning', async ({
  redis,
}) => {
  const channel = new TestChannel('email');
  const stage = await PipelineStage.open(redis, 'one', [channel]);
  const change = opening('host-disk', 'host-1');
  channel.result = down;
  await put(redis, change, 'email');
  await stage.flush();
  channel.result = { kind: 'sent' };
  await put(redis, recovery(change), 'email');
  await put(redis, opening('canary-ejected', 'canary'), 'email');
  await stage.round();
  expect(channel.messages).toEqual([['host-1 opened'], ['canary opened']]);
  await stage.flush();
  await stage.flush();
  expect(channel.messages.slice(2)).toEqual([['host-1 opened'], ['host-1 resolved']]);
});

test('the pipeline gives up a rejected notification and reports it', async ({ redis }) => {
  const channel = new TestChannel('email');
  channel.result = { kind: 'rejected', reason: 'no such number' };
  const stage = await PipelineStage.open(redis, 'one', [channel]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await stage.flush();
  expect(stage.attempts).toMatchObject([
    { channel: 'email', outcome: 'given-up', number: 1, reason: 'no such number' },
  ]);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline gives up after the last attempt and reports it', async ({ redis }) => {
  const channel = new TestChannel('email');
  channel.result = down;
  const stage = await PipelineStage.open(redis, 'one', [channel]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await stage.round();
  for (let round = 0; round < maxAttempts; round += 1) {
    await stage.age(120_000);
    await stage.round();
  }
  expect(channel.sent).toHaveLength(maxAttempts);
  expect(stage.outcomes.filter((outcome) => outcome !== 'failed')).toEqual(['given-up']);
  expect(await outboxLength(redis)).toBe(0);
});

test('the pipeline drops notifications that it cannot read and those of channels that no longer exist', async ({
  redis,
}) => {
  await put(redis, opening('host-disk', 'host-1'), 'pager');
  await redis.xadd(redisKeys('shop').outbox, '*', 'channel', 'email', 'notice', '{}');
  await (await PipelineStage.open(redis, 'one', [new TestChannel('email')])).round();
  expect(await outboxLength(redis)).toBe(0);
});
