import { expect } from 'vitest';
import { ejectItself } from '../../../runtime/core/ejection/self-ejection.ts';
import { release } from '../../../runtime/core/release/transitions.ts';
import { EventLog } from '../../../runtime/store/incidents/event-log.ts';
import { test } from '../../support/judge/judge-stage.ts';

test('the document, the events and the notification record the reason, the actions and the evidence of an ejection', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  await stage.run();
  const { reason, evidence } = await stage.document();
  expect(reason).toMatch(
    /^canary 2\.0\.0 fails requests that stable serves: 12 of 30 canary requests/,
  );
  expect(evidence).toMatchObject({ kind: 'harmful', evidence: { rule: 'errors' } });
  const [notification] = await stage.notifications();
  expect(notification?.details).toMatchObject({
    actions: ['canary ejected (weight 25 to 0)', 'flag new_feature disabled'],
    track: 'canary',
    version: '2.0.0',
    host: 'host-1',
    cause: 'errors',
    nextSteps: [
      'Nothing is urgent: stable has all of the traffic',
      expect.stringContaining('docker logs'),
      expect.stringContaining('perch reinstate'),
    ],
  });
  expect(notification?.details.evidence).toContain('12 of 30 canary requests (40.0%) failed');
  const events = (await new EventLog(stage.redis, 'shop').last(10)).map(({ type }) => type);
  const order = ['canary-ejected', 'flag-disabled', 'incident-opened'];
  expect(events.filter((type) => order.includes(type))).toEqual(order);
});

test('an ejection alerts again after a quarter of an hour, once', async ({ stage }) => {
  const opened = 'canary-ejected canary opened';
  await stage.stageFailingCanary();
  await stage.run(3);
  stage.nowMs += 890_000;
  await stage.run();
  expect(await stage.transitions()).toEqual([opened]);
  stage.nowMs += 10_000;
  await stage.run(3);
  expect(await stage.transitions()).toEqual([opened, 'canary-ejected canary re-alerted']);
  stage.nowMs += 3_600_000;
  await stage.run(3);
  expect(await stage.transitions()).toHaveLength(2);
});

test('a reminder of an ejection says that the canary is back', async ({ stage }) => {
  await stage.stageFailingCanary();
  await stage.run(2);
  stage.nowMs += 60_000;
  await stage.reinstateCanary();
  stage.nowMs += 900_000;
  await stage.run();
  const reminder = (await stage.notifications()).at(-1);
  expect(reminder).toMatchObject({ transition: 're-alerted' });
  expect(reminder?.details.nextSteps?.[0]).toContain('is back and gets 25% of the traffic');
});

test('an ejection is resolved when the canary is reinstated and judged safe', async ({ stage }) => {
  await stage.stageFailingCanary();
  await stage.run(2);
  stage.nowMs += 60_000;
  await stage.reinstateCanary();
  await stage.run();
  expect(await stage.transitions()).toHaveLength(1);
  // The document carries Redis' time, which this test does not move.
  await stage.staged.handIn(stage.nowMs, { stable: { requests: 200 }, canary: { requests: 250 } });
  await stage.run(2);
  expect(await stage.transitions()).toEqual([
    'canary-ejected canary opened',
    'canary-ejected canary resolved',
  ]);
  expect(await stage.canaryState()).toBe('active');
});

test('a reinstated canary that fails again is ejected again, with another incident', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  await stage.run(2);
  stage.nowMs += 60_000;
  await stage.reinstateCanary();
  await stage.run();
  await stage.failCanary();
  await stage.run(2);
  expect(await stage.canaryState()).toBe('ejected');
  expect(await stage.transitions()).toEqual([
    'canary-ejected canary opened',
    'canary-ejected canary opened',
  ]);
});

test('an ejection is resolved when no member of its version is left', async ({ stage }) => {
  await stage.stageFailingCanary();
  await stage.run(2);
  await stage.staged.releases.change((document) => release(document, 'canary-1'));
  await stage.run();
  expect(await stage.transitions()).toEqual([
    'canary-ejected canary opened',
    'canary-ejected canary resolved',
  ]);
});

test('the next leader completes an ejection that a leader began', async ({ stage }) => {
  await stage.stageFailingCanary();
  const crash = new Error('the leader is gone');
  stage.beginTerm({}, { flags: { disable: () => Promise.reject(crash) } });
  await expect(stage.judge.runCycle()).rejects.toBe(crash);
  expect(await stage.canaryState()).toBe('ejected');
  expect(await stage.transitions()).toEqual([]);
  stage.beginTerm();
  await stage.run(2);
  expect(await stage.transitions()).toEqual(['canary-ejected canary opened']);
  expect(await stage.flagState()).toBe('DISABLED');
});

test('the notification says that a flag which is not stored was not disabled', async ({
  stage,
}) => {
  await stage.stageFailingCanary();
  stage.beginTerm({ judge: { actions: ['eject-canary', 'kill-flag:nowhere'] } });
  await stage.run();
  const [notification] = await stage.notifications();
  expect(notification?.details.actions[1]).toContain('flag nowhere not disabled');
});

test('a self-ejection is notified once, and its flags are switched off', async ({ stage }) => {
  await stage.staged.stage();
  await stage.run();
  const request = { memberId: 'canary-1', reason: 'it is unhealthy', flags: ['new_feature'] };
  await stage.staged.releases.change((document) => ejectItself(document, request, stage.nowMs));
  await stage.run(3);
  expect(await stage.flagState()).toBe('DISABLED');
  expect(await stage.transitions()).toEqual(['canary-ejected canary opened']);
  const [notification] = await stage.notifications();
  expect(notification?.details.summary).toBe('canary ejected itself: it is unhealthy');
  expect(notification?.details.actions).toEqual([
    'canary canary-1 ejected (weight 25 to 0)',
    'flag new_feature disabled',
  ]);
});
