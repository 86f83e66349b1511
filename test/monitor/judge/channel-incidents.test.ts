import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { ChannelEvent } from '../../../runtime/monitor/notify/channel.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { test } from '../../support/judge/judge-stage.ts';

test('a channel that gave up is notified through the other channels until it delivers again', async ({
  stage,
}) => {
  await stage.staged.stage();
  const events: ChannelEvent[][] = [
    [{ channel: 'email', kind: 'given-up', reason: 'throttled for hours' }],
    [{ channel: 'email', kind: 'delivered', reason: '' }],
  ];
  const takeChannelEvents = () => events.shift() ?? [];
  stage.beginTerm({}, { takeChannelEvents, channels: ['email', 'webhook'] });
  await stage.run(2);
  const incidents = await new IncidentStore(stage.redis, 'shop').list();
  expect([...incidents.keys()]).toEqual(['channel-failed|email']);
  const entries = await stage.redis.xrange(redisKeys('shop').outbox, '-', '+');
  const byChannel = entries.map(([, [, channel]]) => channel);
  expect(byChannel).toEqual(['webhook', 'email', 'webhook']);
});

test('the incident of a channel is resolved when the channel is no longer configured', async ({
  stage,
}) => {
  await stage.staged.stage();
  const events: ChannelEvent[] = [{ channel: 'email', kind: 'given-up', reason: 'refused' }];
  const takeChannelEvents = () => events.splice(0);
  stage.beginTerm({}, { takeChannelEvents, channels: ['email', 'webhook'] });
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
  const events: ChannelEvent[] = [{ channel: 'email', kind: 'given-up', reason: 'refused' }];
  const { releases } = stage.staged;
  stage.beginTerm(
    {},
    {
      takeChannelEvents: () => events.splice(0),
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
