import { expect } from 'vitest';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { test } from '../../support/judge/judge-stage.ts';

test('the judge ejects a canary whose requests hang on one of two routes until clients give up', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.handInBaseline();
  for (let bucket = 0; bucket < 4; bucket += 1) {
    await stage.staged.handIn(stage.nowMs, {
      stable: { requests: 90, latencyMs: 20 },
      canary: { requests: 5, latencyMs: 20, abandoned: 5 },
    });
    stage.nowMs += 10_000;
    await stage.run();
  }
  expect(await stage.canaryState()).toBe('ejected');
  const [notification] = await stage.notifications();
  expect(notification?.details).toMatchObject({ summary: 'canary 2.0.0 is slower than stable' });
});

test('the judge ejects a canary that answers 404 to everything', async ({ stage }) => {
  await stage.staged.stage();
  await stage.run();
  await stage.staged.handIn(stage.nowMs, {
    stable: { requests: 90, rejections: 2 },
    canary: { requests: 30, rejections: 30 },
  });
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
  const [notification] = await stage.notifications();
  expect(notification?.details).toMatchObject({
    summary: 'canary 2.0.0 rejects requests that stable serves',
    evidence:
      '30 of 30 canary requests (100.0%) were rejected (4xx), ' +
      'against 2 of 90 stable requests (2.2%)',
  });
});

test('the judge ejects a canary with all of the traffic that fails more than stable did before', async ({
  stage,
}) => {
  await stage.staged.stage(100);
  await stage.handInBaseline();
  await stage.staged.handIn(stage.nowMs, { canary: { requests: 100, failures: 30 } }, 100);
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
  const [notification] = await stage.notifications();
  expect(notification?.details.evidence).toBe(
    '30 of 100 canary requests (30.0%) failed, against 0 of 1000 stable requests (0.0%) ' +
      'before the canary had all of the traffic',
  );
});

test('the judge does not hold a canary responsible for requests that another rollout routed', async ({
  stage,
}) => {
  await stage.staged.stage();
  await stage.run();
  const failing = { stable: { requests: 90 }, canary: { requests: 30, failures: 30 } };
  await stage.staged.handIn(stage.nowMs, failing, 25, 'an-earlier-rollout');
  await stage.run();
  expect(await stage.canaryState()).toBe('active');
  await stage.staged.handIn(stage.nowMs, failing, 25, 'rollout-1');
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
});

test('the judge begins anew with a trial that release 0.1 stored', async ({ stage }) => {
  await stage.staged.stage();
  const old = { rolloutId: 'rollout-1', versions: ['2.0.0'], startedAt: 1, endedAt: null };
  await stage.redis.set(redisKeys('shop').trial, JSON.stringify(old));
  await stage.failCanary();
  await stage.run();
  expect(await stage.canaryState()).toBe('ejected');
});
