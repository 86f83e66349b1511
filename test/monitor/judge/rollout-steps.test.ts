import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  abortRollout,
  pauseRollout,
  promoteRollout,
  resumeRollout,
  retryRollout,
} from '../../../runtime/core/release/rollout-transitions.ts';
import { drain, inOrder, release, setWeight } from '../../../runtime/core/release/transitions.ts';
import { applyDecision } from '../../../runtime/monitor/judge/apply-decision.ts';
import { test } from '../../support/judge/stepped-stage.ts';

test('the judge takes a canary through three steps by safe verdicts, each an event with its evidence', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  await stepped.serveWell();
  // Safe, but too early.
  expect(await stage.document()).toMatchObject({ step: 0, weight: 5, phase: 'progressing' });
  stepped.pass(1);
  await stage.run();
  await stage.dateDocument();
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25, phase: 'progressing' });
  await stepped.passStep();
  expect(await stage.document()).toMatchObject({ step: 2, weight: 50, phase: 'progressing' });
  await stepped.passStep();
  expect(await stage.document()).toMatchObject({ step: 2, weight: 50, phase: 'promoting' });
  const [, ...events] = await stepped.rolloutEvents();
  expect(events.map(({ type, text }) => `${type}: ${text.split(':')[0]}`)).toEqual([
    'rollout-begun: rollout 2.1 begun at weight 5',
    'rollout-advanced: rollout 2.1 at step 2 of 3, weight 25; step 1 was safe',
    'rollout-advanced: rollout 2.1 at step 3 of 3, weight 50; step 2 was safe',
    'rollout-promoted: rollout 2.1 passed every step; step 3 was safe',
  ]);
  for (const { by, detail = 'null' } of events.slice(1)) {
    expect(by).toBe('monitor test');
    expect(JSON.parse(detail)).toMatchObject({
      kind: 'safe',
      evidence: { safety: { requests: 1_000 } },
    });
  }
  expect(await stage.transitions()).toEqual([]);
});

test('a step is judged by its own requests: those of the step before do not end it', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  await stepped.passStep();
  stepped.pass(5);
  await stage.run();
  expect(await stage.document()).toMatchObject({ step: 1, phase: 'progressing' });
});

test('a step without a least time is judged by its own requests too, in one bucket with the last one', async ({
  stage,
  stepped,
}) => {
  await stepped.begin('pause', 0);
  stage.nowMs = Math.ceil(stage.nowMs / 10_000) * 10_000;
  await stage.dateDocument();
  await stepped.serveWell();
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25 });
  await stage.dateDocument();
  await stage.run(3);
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25, phase: 'progressing' });
  await stepped.serveWell();
  expect(await stage.document()).toMatchObject({ step: 2, weight: 50, phase: 'progressing' });
});

test('a leader that crashes after it stored an advance neither skips nor repeats a step', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  await stepped.serveWell();
  const { trial } = redisKeys('shop');
  const before = (await stage.redis.get(trial)) ?? '';
  stepped.pass(1);
  await stage.run();
  await stage.dateDocument();
  // The crash came before the trial was stored, and another leader takes over.
  await stage.redis.set(trial, before);
  stage.beginTerm();
  await stage.run(3);
  stepped.pass(1);
  await stage.run(3);
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25, phase: 'progressing' });
  const advances = (await stepped.rolloutEvents()).filter(
    ({ type }) => type === 'rollout-advanced',
  );
  expect(advances).toHaveLength(1);
});

test('a rollout that holds at its deadline pauses, and the team learns what it can do', async ({
  stage,
  stepped,
}) => {
  await stepped.begin('pause');
  stepped.pass(9);
  await stage.run();
  expect(await stage.document()).toMatchObject({ step: 0, phase: 'progressing' });
  stepped.pass(1);
  await stage.run(3);
  expect(await stage.document()).toMatchObject({ step: 0, phase: 'paused', weight: 5 });
  expect(await stage.transitions()).toEqual(['rollout-paused 2.1 opened']);
  const [notification] = await stage.notifications();
  expect(notification?.details.summary).toBe(
    'rollout 2.1 is paused at step 1 of 3: step 1 was inconclusive until its deadline',
  );
  expect(notification?.details.evidence).not.toBe('');
  expect(notification?.details.nextSteps?.join('\n')).toContain('perch rollout resume --reason');
  // Other changes of the document do not change what the incident says.
  await stage.staged.releases.change((document) => drain(document, 'stable-2'));
  await stage.run(2);
  expect(await stage.transitions()).toEqual(['rollout-paused 2.1 opened']);
});

test('a resumed step has its time again, and the incident of its pause is resolved', async ({
  stage,
  stepped,
}) => {
  await stepped.begin('pause');
  stepped.pass(10);
  await stage.run();
  await stage.staged.releases.change((document) => resumeRollout(document, 'more traffic now'));
  await stage.dateDocument();
  stepped.pass(9);
  await stage.run();
  expect(await stage.document()).toMatchObject({ step: 0, phase: 'progressing', weight: 5 });
  expect(await stage.transitions()).toEqual([
    'rollout-paused 2.1 opened',
    'rollout-paused 2.1 resolved',
  ]);
  const notifications = await stage.notifications();
  expect(notifications.at(-1)?.details.summary).toBe('rollout 2.1 goes on at step 1 of 3');
  await stepped.serveWell();
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25 });
});

test('a rollout that a person paused stays, and notifies nobody', async ({ stage, stepped }) => {
  await stepped.begin('abort');
  await stage.staged.releases.change((document) => pauseRollout(document, 'lunch'));
  await stepped.serveWell();
  stepped.pass(60);
  await stage.run(3);
  expect(await stage.document()).toMatchObject({ step: 0, phase: 'paused', weight: 5 });
  expect(await stage.transitions()).toEqual([]);
});

test('a pause that comes between the decision of the judge and its change holds', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  const read = await stage.document();
  await stage.staged.releases.change((document) => pauseRollout(document, 'lunch'));
  const advance = { kind: 'advance', step: 1, weight: 25, reason: 'step 1 was safe' } as const;
  const nothing = { trial: undefined, verdict: undefined, ejection: undefined };
  const decision = { evaluations: [], rollout: advance, ...nothing };
  await applyDecision(stage.staged.releases, decision, read, stage.nowMs);
  expect(await stage.document()).toMatchObject({ step: 0, phase: 'paused', weight: 5 });
});

test('a paused canary that does harm is ejected all the same', async ({ stage, stepped }) => {
  await stepped.begin();
  await stage.staged.releases.change((document) => pauseRollout(document, 'lunch'));
  const canary = { requests: 60, failures: 30 };
  await stage.staged.handIn(stage.nowMs, { stable: { requests: 600 }, canary }, 5, '2.1');
  await stage.run();
  expect(await stage.document()).toMatchObject({ phase: 'aborted', weight: 0 });
});

test('a rollout continues at its deadline if that is its outcome, and says why', async ({
  stage,
  stepped,
}) => {
  await stepped.begin('continue');
  stepped.pass(10);
  await stage.run();
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25, phase: 'progressing' });
  const event = (await stepped.rolloutEvents()).at(-1);
  expect(event?.text).toBe(
    'rollout 2.1 at step 2 of 3, weight 25; step 1 was inconclusive until its deadline',
  );
  expect(JSON.parse(event?.detail ?? 'null')).toMatchObject({ kind: 'inconclusive' });
});

test('a rollout aborts at its deadline if that is its outcome: one ejection, one notification', async ({
  stage,
  stepped,
}) => {
  await stepped.begin('abort');
  stepped.pass(10);
  await stage.run(3);
  expect(await stage.document()).toMatchObject({ phase: 'aborted', weight: 0 });
  expect(await stage.canaryState()).toBe('ejected');
  expect(await stage.transitions()).toEqual(['canary-ejected canary opened']);
  const [notification] = await stage.notifications();
  expect(notification?.details).toMatchObject({
    summary: 'rollout 2.1 aborted: step 1 was inconclusive until its deadline',
    cause: 'deadline',
    evidence: expect.stringMatching(/./),
  });
});

test('a retried rollout is judged anew: the harm of its earlier trial does not count', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  const canary = { requests: 60, failures: 30 };
  await stage.staged.handIn(stage.nowMs, { stable: { requests: 600 }, canary }, 5, '2.1');
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
  await stage.staged.releases.change((document) => retryRollout(document, 'index added'));
  stage.nowMs += 20_000;
  await stage.dateDocument();
  await stage.run(2);
  expect(await stage.document()).toMatchObject({ phase: 'progressing', step: 0, weight: 5 });
  await stepped.passStep();
  expect(await stage.document()).toMatchObject({ step: 1, weight: 25 });
});

test('a promoted rollout goes through no more steps, and an aborted one neither', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  await stage.staged.releases.change((document) => promoteRollout(document, 'urgent'));
  await stepped.passStep();
  expect(await stage.document()).toMatchObject({ step: 0, weight: 5, phase: 'promoting' });
  await stage.staged.releases.change((document) => abortRollout(document, 'Safari'));
  await stepped.passStep();
  expect(await stage.document()).toMatchObject({ step: 0, weight: 0, phase: 'aborted' });
});

test('a rollout ends with its canary, and nobody is notified of that', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  // What Pulumi does when the canary is destroyed.
  await stage.staged.releases.change((document) => setWeight(document, 0));
  await stage.run(2);
  await stage.staged.releases.change((document) =>
    inOrder(
      document,
      (at) => drain(at, 'canary-1'),
      (at) => release(at, 'canary-1'),
    ),
  );
  await stage.run(2);
  expect(await stage.document()).toMatchObject({
    phase: 'aborted',
    reason: 'the canary was removed before the end of its rollout',
  });
  expect((await stepped.rolloutEvents()).at(-1)?.type).toBe('rollout-aborted');
  expect(await stage.transitions()).toEqual([]);
});

test('a rollout whose canary lost its share pauses, and the team is notified', async ({
  stage,
  stepped,
}) => {
  await stepped.begin();
  await stage.staged.releases.change((document) => drain(document, 'canary-1'));
  await stage.run(2);
  expect(await stage.document()).toMatchObject({ phase: 'paused', weight: 0 });
  expect(await stage.transitions()).toEqual(['rollout-paused 2.1 opened']);
});
