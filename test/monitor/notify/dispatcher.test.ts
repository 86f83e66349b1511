import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { SendResult } from '../../../runtime/monitor/notify/channel.ts';
import { Dispatcher } from '../../../runtime/monitor/notify/dispatcher.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { test } from '../../support/fixtures.ts';
import { opening } from '../../support/judge/incident.ts';
import { ageOutbox } from '../../support/judge/outbox.ts';
import { put, TestChannel } from '../../support/judge/pipeline-stage.ts';
import { silentLogger } from '../../support/silent-logger.ts';

/** Types and texts of the events after these results of the channel, which are repeated. */
async function eventsAfter(redis: Redis, rounds: number, result: SendResult): Promise<string[]> {
  const email = new TestChannel('email');
  email.result = result;
  const events = new EventLog(redis, 'shop');
  const dispatcher = new Dispatcher({
    outbox: new Outbox(redis, 'shop', 'one'),
    events,
    by: 'monitor one',
    channels: [email],
    leads: () => true,
    now: () => 1_000,
    logger: silentLogger,
  });
  for (let round = 0; round < rounds; round += 1) {
    dispatcher.startRound();
    await dispatcher.settled();
    await ageOutbox(redis, 'shop', 130_000);
  }
  const logged = await events.last(20);
  return logged
    .filter(({ type }) => type.startsWith('notification-'))
    .map(({ type, text }) => `${type}: ${text}`);
}

test('a message that may have arrived three times is an event', async ({ redis }) => {
  await put(redis, opening('host-disk', 'host-1'), 'email');
  expect(await eventsAfter(redis, 5, { kind: 'unknown', reason: 'ECONNRESET' })).toEqual([
    'notification-unconfirmed: email may have delivered "disk / of host-1 is 81% full": ' +
      'it did not answer, and is not tried again: ECONNRESET',
  ]);
});

test('a group that a channel refuses is an event for each notification', async ({ redis }) => {
  await put(redis, opening('host-disk', 'host-1'), 'email');
  await put(redis, opening('host-disk', 'host-2'), 'email');
  const events = await eventsAfter(redis, 3, { kind: 'rejected', reason: 'no such number' });
  const text =
    'notification-given-up: email did not deliver "disk / of host-1 is 81% full", ' +
    'given up after 2 attempts: no such number';
  expect(events).toEqual([text, text]);
});
