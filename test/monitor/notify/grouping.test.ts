import { expect } from 'vitest';
import type { IncidentChange } from '../../../runtime/core/alerting/incident.ts';
import type { SendResult } from '../../../runtime/monitor/notify/channel.ts';
import { test } from '../../support/fixtures.ts';
import { opening, recovery } from '../../support/judge/incident.ts';
import {
  outboxLength,
  PipelineStage,
  put,
  TestChannel,
} from '../../support/judge/pipeline-stage.ts';
import { until } from '../../support/until.ts';

const hosts = Array.from({ length: 20 }, (_, index) => `host-${index}`);
const throttled: SendResult = { kind: 'failed', reason: 'throttled' };
const lost: SendResult = { kind: 'unknown', reason: 'the connection ended' };

function reminder({ incident }: IncidentChange): IncidentChange {
  const { revision } = incident;
  return {
    transition: 're-alerted',
    incident: { ...incident, alertedAt: 1_000_000, revision: revision + 1 },
  };
}

test('20 full disks at once are one message, and so are their reminders and their resolutions', async ({
  redis,
}) => {
  const [email, sms] = [new TestChannel('email'), new TestChannel('sms')];
  const stage = await PipelineStage.open(redis, 'one', [email, sms]);
  const opened = hosts.map((host) => opening('host-disk', host));
  const reminders = opened.map(reminder);
  for (const changes of [opened, reminders, reminders.map((change) => recovery(change))]) {
    for (const change of changes) await put(redis, change, 'email', 'sms');
    await stage.flush();
  }
  for (const { messages } of [email, sms]) {
    expect(messages).toEqual([
      hosts.map((host) => `${host} opened`),
      hosts.map((host) => `${host} re-alerted`),
      hosts.map((host) => `${host} resolved`),
    ]);
  }
  expect(await outboxLength(redis)).toBe(0);
});

test('a notification waits until 10 s have passed since the oldest that waits', async ({
  redis,
}) => {
  const email = new TestChannel('email');
  const stage = await PipelineStage.open(redis, 'one', [email]);
  await put(redis, opening('host-disk', 'early'), 'email');
  await stage.round();
  await stage.age(6_000);
  await put(redis, opening('host-disk', 'late'), 'email');
  await stage.round();
  await stage.age(3_000);
  await stage.round();
  expect(email.messages).toEqual([]);
  await stage.age(1_000);
  await stage.round();
  expect(email.messages).toEqual([['early opened', 'late opened']]);
});

test('an ejection is sent at once, together with what waits', async ({ redis }) => {
  const email = new TestChannel('email');
  const stage = await PipelineStage.open(redis, 'one', [email]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await stage.round();
  expect(email.messages).toEqual([]);
  await put(redis, opening('canary-ejected', 'canary'), 'email');
  await stage.round();
  expect(email.messages).toEqual([['host-1 opened', 'canary opened']]);
});

test('a message that failed is tried again as it was, and holds up no later one', async ({
  redis,
}) => {
  const email = new TestChannel('email');
  email.result = throttled;
  const stage = await PipelineStage.open(redis, 'one', [email]);
  for (const host of ['a', 'b']) await put(redis, opening('host-disk', host), 'email');
  await stage.flush();
  email.result = { kind: 'sent' };
  await put(redis, opening('canary-ejected', 'canary'), 'email');
  await stage.round();
  await stage.age(2_000);
  await stage.round();
  expect(email.messages).toEqual([
    ['a opened', 'b opened'],
    ['canary opened'],
    ['a opened', 'b opened'],
  ]);
});

test('a change of leader in the middle neither loses nor repeats a notification of a group', async ({
  redis,
}) => {
  const email = new TestChannel('email');
  email.result = throttled;
  const one = await PipelineStage.open(redis, 'one', [email]);
  for (const host of ['a', 'b']) await put(redis, opening('host-disk', host), 'email');
  await one.flush();
  await put(redis, opening('host-disk', 'c'), 'email');
  await one.round();
  email.result = { kind: 'sent' };
  const two = await PipelineStage.open(redis, 'two', [email]);
  const three = await PipelineStage.open(redis, 'three', [email]);
  await two.round();
  expect(email.messages).toHaveLength(1);
  await two.age(20_000);
  await Promise.all([one.round(), two.round(), three.round()]);
  await Promise.all([one.round(), two.round(), three.round()]);
  expect(email.messages.slice(1)).toEqual([['a opened', 'b opened'], ['c opened']]);
  expect(await outboxLength(redis)).toBe(0);
});

test('a monitor that slept through the claim of another sends nothing', async ({ redis }) => {
  const email = new TestChannel('email');
  const [one, two] = [
    await PipelineStage.open(redis, 'one', [email]),
    await PipelineStage.open(redis, 'two', [email]),
  ];
  await put(redis, opening('host-disk', 'a'), 'email');
  email.result = throttled;
  await one.flush();
  await one.age(20_000);
  email.result = { kind: 'sent' };
  await Promise.all([one.round(), two.round()]);
  expect(email.messages).toHaveLength(2);
});

test('a message that may have arrived is sent three times at most, whoever leads', async ({
  redis,
}) => {
  const email = new TestChannel('email');
  email.result = lost;
  await put(redis, opening('host-disk', 'host-1'), 'email');
  const outcomes: string[] = [];
  for (const monitor of ['one', 'two', 'one', 'three', 'four']) {
    const stage = await PipelineStage.open(redis, monitor, [email]);
    await stage.flush();
    await stage.age(130_000);
    outcomes.push(...stage.outcomes);
  }
  expect(email.messages).toHaveLength(3);
  expect(outcomes).toEqual(['failed', 'failed', 'unconfirmed']);
  expect(await outboxLength(redis)).toBe(0);
});

test('a message whose monitors end while they send it is sent three times at most', async ({
  redis,
}) => {
  const email = new TestChannel('email');
  let sent = 0;
  email.send = () => {
    sent += 1;
    return new Promise(() => undefined);
  };
  await put(redis, opening('canary-ejected', 'canary'), 'email');
  for (const number of [1, 2, 3]) {
    const stage = await PipelineStage.open(redis, `monitor-${number}`, [email]);
    void stage.round();
    await until(() => sent === number, { what: 'the monitor to send' });
    await stage.age(130_000);
  }
  const last = await PipelineStage.open(redis, 'four', [email]);
  await last.round();
  expect(last.outcomes).toEqual(['unconfirmed']);
  expect(sent).toBe(3);
  expect(await outboxLength(redis)).toBe(0);
});

test('attempts that failed for certain do not count among those three', async ({ redis }) => {
  const email = new TestChannel('email');
  const stage = await PipelineStage.open(redis, 'one', [email]);
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await stage.round();
  for (let attempt = 0; attempt < 30; attempt += 1) {
    email.result = attempt % 10 === 9 ? lost : throttled;
    await stage.age(130_000);
    await stage.round();
  }
  expect(email.messages).toHaveLength(30);
  expect(stage.outcomes.at(-1)).toBe('unconfirmed');
});

test('a notification that a channel refuses does not take its group along', async ({ redis }) => {
  const email = new TestChannel('email');
  const sent: string[] = [];
  email.send = (group) => {
    if (group.some(({ subject }) => subject === 'poison')) {
      return Promise.resolve({ kind: 'rejected', reason: 'too long' });
    }
    sent.push(...group.map(({ subject }) => subject));
    return Promise.resolve({ kind: 'sent' });
  };
  const stage = await PipelineStage.open(redis, 'one', [email]);
  for (const host of ['a', 'poison', 'b']) await put(redis, opening('host-disk', host), 'email');
  await stage.flush();
  expect(sent).toEqual(['a', 'b']);
  expect(stage.outcomes).toEqual(['failed', 'sent', 'given-up', 'sent']);
  expect(await outboxLength(redis)).toBe(0);
});
