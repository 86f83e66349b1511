import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { maxAttempts } from '../../../runtime/core/alerting/retry-delay.ts';
import { onResolution, type IncidentChange } from '../../../runtime/core/alerting/incident.ts';
import type { Channel, Delivery } from '../../../runtime/monitor/notify/channel.ts';
import { Deliverer } from '../../../runtime/monitor/notify/deliverer.ts';
import type { ChannelEvent } from '../../../runtime/monitor/notify/channel.ts';
import { EmailChannel } from '../../../runtime/monitor/notify/email-channel.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { useEmulatorCredentials } from '../../support/aws-credentials.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { opening } from '../../support/incident.ts';
import { ageOutbox } from '../../support/outbox.ts';
import { clientOf } from '../../support/redis-client.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { SesEmulator } from '../../support/ses-emulator.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';

/** Answers as the test says and keeps what it was asked to send. */
class TestChannel implements Channel {
  readonly name: string;
  answer: Delivery = { kind: 'sent' };
  readonly sent: string[] = [];

  constructor(name: string) {
    this.name = name;
  }

  send({ subject, transition }: { subject: string; transition: string }): Promise<Delivery> {
    this.sent.push(`${subject} ${transition}`);
    return Promise.resolve(this.answer);
  }
}

describe('Deliverer', () => {
  let server: TestRedis;
  let redis: Redis;
  let ses: SesEmulator;
  let proxy: FaultyProxy;
  let email: EmailChannel;

  const delivererOf = async (
    consumer: string,
    channels: readonly Channel[],
    leads: () => boolean = () => true,
  ) => {
    const outbox = new Outbox(redis, 'shop', consumer);
    await outbox.open();
    return new Deliverer({ outbox, channels, leads, logger: silentLogger });
  };
  const put = async (change: IncidentChange, ...channels: string[]) => {
    const writer = { by: 'monitor', epoch: 1, channels };
    await new IncidentStore(redis, 'shop').apply(change, writer);
  };
  const recovery = (change: IncidentChange): IncidentChange => {
    const end = onResolution(change.incident, 5_000, { summary: 'all is well' });
    if (end === undefined) throw new Error('it was open');
    return end;
  };
  const left = () => redis.xlen(redisKeys('shop').outbox);

  beforeAll(async () => {
    useEmulatorCredentials();
    server = await startRedis();
    redis = await clientOf(server);
    ses = await SesEmulator.start();
    proxy = await FaultyProxy.start(ses.endpoint);
    email = new EmailChannel({
      from: 'perch@example.com',
      to: ['ops@example.com'],
      region: 'eu-central-1',
      endpoint: proxy.endpoint,
    });
  });
  beforeEach(async () => {
    await redis.flushall();
    await fetch(`${ses.endpoint}/clear-store`, { method: 'POST' });
    proxy.fault = 'none';
    proxy.bodies.length = 0;
  });
  afterAll(async () => {
    email.close();
    redis.disconnect();
    await proxy[Symbol.asyncDispose]();
    await ses[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it('sends each notice through its channel, once', async () => {
    const [mail, sms] = [new TestChannel('email'), new TestChannel('sms')];
    const deliverer = await delivererOf('one', [mail, sms]);
    await put(opening('host-disk', 'host-1'), 'email', 'sms');
    expect(await deliverer.round()).toHaveLength(2);
    expect(await deliverer.round()).toEqual([]);
    expect([mail.sent, sms.sent]).toEqual([['host-1 opened'], ['host-1 opened']]);
    expect(await left()).toBe(0);
  });

  it('sends exactly one mail after SES throttled for an hour, tried seldom meanwhile', async () => {
    const deliverer = await delivererOf('one', [email]);
    await put(opening('host-disk', 'host-1'), 'email');
    proxy.fault = 'throttled';
    for (let passedMs = 0; passedMs < 3_600_000; passedMs += 1_000) {
      expect(await deliverer.round()).toEqual([]);
      await ageOutbox(redis, 'shop', 1_000);
    }
    expect(proxy.bodies.length).toBeGreaterThan(20);
    expect(proxy.bodies.length).toBeLessThan(80);
    proxy.fault = 'none';
    await ageOutbox(redis, 'shop', 120_000);
    await deliverer.round();
    await deliverer.round();
    expect(await ses.mails()).toHaveLength(1);
    expect(await left()).toBe(0);
  });

  it('goes on with what the leader before began, and sends nothing twice', async () => {
    await put(opening('host-disk', 'host-1'), 'email');
    proxy.fault = 'throttled';
    await (await delivererOf('one', [email])).round();
    proxy.fault = 'none';
    const two = await delivererOf('two', [email]);
    await two.round();
    expect(await ses.mails()).toHaveLength(0);
    await ageOutbox(redis, 'shop', 20_000);
    await Promise.all([two.round(), (await delivererOf('three', [email])).round()]);
    expect(await ses.mails()).toHaveLength(1);
  });

  it('sends nothing once it leads no more', async () => {
    const channel = new TestChannel('email');
    const deliverer = await delivererOf('one', [channel], () => false);
    await put(opening('host-disk', 'host-1'), 'email');
    await deliverer.round();
    expect(channel.sent).toEqual([]);
    expect(await left()).toBe(1);
  });

  it('lets no channel wait for one that fails', async () => {
    const sms = new TestChannel('sms');
    const mail = new TestChannel('email');
    mail.answer = { kind: 'failed', reason: 'down' };
    await put(opening('host-disk', 'host-1'), 'email', 'sms');
    await put(opening('host-cpu', 'host-1'), 'email', 'sms');
    await (await delivererOf('one', [mail, sms])).round();
    expect(sms.sent).toHaveLength(2);
    expect(mail.sent).toHaveLength(1);
  });

  it('sends each notice once, also when rounds overlap', async () => {
    const mail = new TestChannel('email');
    const deliverer = await delivererOf('one', [mail]);
    for (let host = 0; host < 20; host += 1) await put(opening('host-disk', `h${host}`), 'email');
    await Promise.all(Array.from({ length: 10 }, () => deliverer.round()));
    await ageOutbox(redis, 'shop', 2_000);
    await Promise.all(Array.from({ length: 10 }, () => deliverer.round()));
    expect(mail.sent).toHaveLength(20);
    expect(await left()).toBe(0);
  });

  it('lets no channel wait for one that takes its time', async () => {
    const sms = new TestChannel('sms');
    const answered = Promise.withResolvers<Delivery>();
    const mail = { name: 'email', send: () => answered.promise };
    await put(opening('host-disk', 'host-1'), 'email', 'sms');
    const deliverer = await delivererOf('one', [mail, sms]);
    const first = deliverer.round();
    await until(() => sms.sent.length === 1, { what: 'the first SMS' });
    await put(opening('host-cpu', 'host-1'), 'email', 'sms');
    expect(await deliverer.round()).toEqual([{ channel: 'sms', kind: 'delivered', reason: '' }]);
    answered.resolve({ kind: 'sent' });
    expect(await first).toHaveLength(2);
    await ageOutbox(redis, 'shop', 2_000);
    await deliverer.round();
    expect(await left()).toBe(0);
  });

  it('lets no channel wait for another that has hundreds of notices to try', async () => {
    const sms = new TestChannel('sms');
    const mail = new TestChannel('email');
    mail.answer = { kind: 'failed', reason: 'down' };
    const deliverer = await delivererOf('one', [mail, sms]);
    for (let host = 0; host < 450; host += 1) await put(opening('host-disk', `h${host}`), 'email');
    for (let round = 0; round < 3; round += 1) await deliverer.round();
    await put(opening('host-cpu', 'host-1'), 'email', 'sms');
    await deliverer.round();
    expect(sms.sent).toEqual(['host-1 opened']);
    expect(deliverer.pending).toEqual(new Map([['email', 451]]));
  });

  it('never tells of the end of an incident before its beginning', async () => {
    const channel = new TestChannel('email');
    const deliverer = await delivererOf('one', [channel]);
    const change = opening('host-disk', 'host-1');
    channel.answer = { kind: 'failed', reason: 'down' };
    await put(change, 'email');
    await deliverer.round();
    channel.answer = { kind: 'sent' };
    await put(recovery(change), 'email');
    await put(opening('host-cpu', 'host-2'), 'email');
    await deliverer.round();
    expect(channel.sent).toEqual(['host-1 opened', 'host-2 opened']);
    await ageOutbox(redis, 'shop', 2_000);
    await deliverer.round();
    expect(channel.sent.slice(2)).toEqual(['host-1 opened', 'host-1 resolved']);
  });

  it('gives up what is refused for good, and says so', async () => {
    const channel = new TestChannel('email');
    channel.answer = { kind: 'rejected', reason: 'no such number' };
    const deliverer = await delivererOf('one', [channel]);
    await put(opening('host-disk', 'host-1'), 'email');
    const events: ChannelEvent[] = await deliverer.round();
    expect(events).toEqual([{ channel: 'email', kind: 'given-up', reason: 'no such number' }]);
    expect(await left()).toBe(0);
  });

  it('gives up after the last try, and says so', async () => {
    const channel = new TestChannel('email');
    channel.answer = { kind: 'failed', reason: 'down' };
    const deliverer = await delivererOf('one', [channel]);
    await put(opening('host-disk', 'host-1'), 'email');
    const events: ChannelEvent[] = [];
    for (let round = 0; round < maxAttempts; round += 1) {
      events.push(...(await deliverer.round()));
      await ageOutbox(redis, 'shop', 120_000);
    }
    expect(channel.sent).toHaveLength(maxAttempts);
    expect(events).toEqual([{ channel: 'email', kind: 'given-up', reason: 'down' }]);
    expect(await left()).toBe(0);
  });

  it('drops notices that it cannot read and those for channels that are no more', async () => {
    await put(opening('host-disk', 'host-1'), 'pager');
    await redis.xadd(redisKeys('shop').outbox, '*', 'channel', 'email', 'notice', '{}');
    await (await delivererOf('one', [new TestChannel('email')])).round();
    expect(await left()).toBe(0);
  });
});
