import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { ChannelHealth } from '../../../runtime/monitor/notify/channel-health.ts';
import type { AttemptOutcome } from '../../../runtime/monitor/notify/retry-stage.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { test, type JudgeStage } from '../../support/judge/judge-stage.ts';
import { notification } from '../../support/judge/notification.ts';

const reason = 'InvalidClientTokenId: The security token is invalid.';

/** Health of channels with these attempts of the channel email. */
function healthAfter(stage: JudgeStage, ...outcomes: AttemptOutcome[]): ChannelHealth {
  const health = new ChannelHealth(() => stage.nowMs);
  for (const outcome of outcomes) attempt(health, outcome);
  return health;
}

function attempt(health: ChannelHealth, outcome: AttemptOutcome, number = 1): void {
  const notifications = [notification()] as const;
  health.record({ channel: 'email', outcome, number, reason, notifications });
}

async function channelsOfOutbox({ redis }: JudgeStage): Promise<string[]> {
  const entries = await redis.xrange(redisKeys('shop').outbox, '-', '+');
  return entries.map(([, [, channel = '']]) => channel);
}

test('a channel that fails three times in a row is an incident at once, and only the other channels notify of it and of its end', async ({
  stage,
}) => {
  await stage.staged.stage();
  const channelHealth = healthAfter(stage, 'failed', 'failed');
  stage.beginTerm({}, { channelHealth, channels: ['email', 'webhook'] });
  await stage.run();
  expect(await stage.transitions()).toEqual([]);
  attempt(channelHealth, 'failed');
  await stage.run();
  const [incident] = (await new IncidentStore(stage.redis, 'shop').list()).values();
  expect(incident).toMatchObject({ rule: 'channel-failed', subject: 'email', resolvedAt: null });
  expect(incident?.details.summary).toBe(`channel email fails: ${reason}`);
  expect(await channelsOfOutbox(stage)).toEqual(['webhook']);
  attempt(channelHealth, 'sent');
  await stage.run();
  expect(await channelsOfOutbox(stage)).toEqual(['webhook', 'webhook']);
});

test('the only channel that fails is an incident and an event too, although nobody can be notified', async ({
  stage,
}) => {
  await stage.staged.stage();
  const channelHealth = healthAfter(stage, 'failed', 'failed', 'failed');
  stage.beginTerm({}, { channelHealth, channels: ['email'] });
  await stage.run(3);
  const incidents = await new IncidentStore(stage.redis, 'shop').list();
  expect([...incidents.keys()]).toEqual(['channel-failed|email']);
  expect(await channelsOfOutbox(stage)).toEqual([]);
  const events = await new EventLog(stage.redis, 'shop').last(10);
  expect(events.filter(({ type }) => type === 'incident-opened')).toMatchObject([
    { text: `channel email fails: ${reason}` },
  ]);
});

test('the other channels are reminded of a channel that goes on failing', async ({ stage }) => {
  await stage.staged.stage();
  const channelHealth = healthAfter(stage, 'failed', 'failed', 'failed');
  stage.beginTerm({ reAlertMinutes: 15 }, { channelHealth, channels: ['email', 'webhook'] });
  await stage.run();
  stage.nowMs += 900_000;
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'channel-failed email opened',
    'channel-failed email re-alerted',
  ]);
});

test('a channel that gave a notification up is an incident after one attempt', async ({
  stage,
}) => {
  await stage.staged.stage();
  const channelHealth = healthAfter(stage, 'given-up');
  stage.beginTerm({}, { channelHealth, channels: ['email', 'webhook'] });
  await stage.run();
  expect(await stage.transitions()).toEqual(['channel-failed email opened']);
});

test('a failed attempt after others of an earlier leader continues their row', () => {
  const health = new ChannelHealth(() => 5);
  attempt(health, 'failed', 7);
  expect(health.failing).toEqual([
    { channel: 'email', failures: 7, reason, sinceMs: 5, gaveUp: false },
  ]);
  attempt(health, 'sent', 8);
  attempt(health, 'failed', 9);
  expect(health).toMatchObject({ failing: [], delivering: [] });
});

test('the incident of a channel is resolved when the channel is no longer configured', async ({
  stage,
}) => {
  await stage.staged.stage();
  const channelHealth = healthAfter(stage, 'given-up');
  stage.beginTerm({}, { channelHealth, channels: ['email', 'webhook'] });
  await stage.run();
  stage.beginTerm({}, { channels: ['webhook'] });
  await stage.run(2);
  expect(await stage.transitions()).toEqual([
    'channel-failed email opened',
    'channel-failed email resolved',
  ]);
});

test('the incident of a channel opens even in a cycle that cannot eject the canary', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  const { releases } = stage.staged;
  stage.beginTerm(
    {},
    {
      channelHealth: healthAfter(stage, 'given-up'),
      channels: ['email', 'webhook'],
      releases: {
        read: () => releases.read(),
        change: () => Promise.reject(new Error('Redis refused the change')),
      },
    },
  );
  await expect(stage.run()).rejects.toThrow('Redis refused the change');
  expect(await stage.canaryState()).toBe('active');
  expect(await stage.transitions()).toEqual(['channel-failed email opened']);
});
