import { expect } from 'vitest';
import { excluded } from '../../runtime/contract/traffic-fields.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import { test } from './fixtures.ts';

const steps = [
  { weight: 25, minutes: 10 },
  { weight: 50, minutes: 10, until: 60 },
];

test('rollout status shows the traffic of both tracks in the step', async ({
  json,
  run,
  staged,
  withInput,
}) => {
  await withInput({ steps }, 'rollout', 'begin', 'r2');
  await staged.handIn(
    Date.now(),
    {
      stable: { requests: 3_000, failures: 3, latencyMs: 20 },
      canary: { requests: 1_000, failures: 5, latencyMs: 40 },
    },
    25,
    'r2',
  );
  await staged.handIn(Date.now(), { canary: { requests: 7, failures: 7 } }, excluded, 'r2');
  expect(await json('rollout', 'status')).toMatchObject({
    stepNumber: 1,
    traffic: {
      canary: { requests: 1_000, errors: 5, errorPercent: 0.5, p95Ms: expect.closeTo(40, -1) },
      stable: { requests: 3_000, errors: 3, errorPercent: 0.1, p95Ms: expect.closeTo(20, -1) },
    },
    begun: { event: 'rollout-begun', text: 'rollout r2 begun at weight 25' },
    evidence: [],
  });
  const { stdout } = await run('rollout', 'status');
  expect(stdout).toMatch(
    /\n\nTRACK {3}REQUESTS {2}ERRORS {2}RATE {2}P95\ncanary {2}1000 {6}5 {7}0\.5% {2}\d+(\.\d)? ms\nstable {2}3000 {6}3 {7}0\.1% {2}\d+(\.\d)? ms\n/,
  );
});

test('rollout status says who paused a rollout, also after a later change', async ({
  json,
  run,
  staged: _staged,
  withInput,
}) => {
  await withInput({ steps }, 'rollout', 'begin', 'r2');
  await run('rollout', 'pause', '--reason', 'lunch');
  await run('eject', '--member', 'stable-1', '--reason', 'its disk fails');
  const text = 'rollout r2 paused at step 1 of 2: lunch';
  expect(await json('rollout', 'status')).toMatchObject({
    phase: 'paused',
    reason: 'its disk fails',
    begun: { event: 'rollout-paused', text, by: expect.stringContaining('@') },
  });
  const { stdout } = await run('rollout', 'status');
  expect(stdout).toContain(`\npaused since: ${text} (`);
  expect(stdout).toContain('\nlast change: its disk fails (');
});

test('rollout status has the evidence of a decision of the judge', async ({
  json,
  redis,
  staged: _staged,
  withInput,
}) => {
  await withInput({ steps }, 'rollout', 'begin', 'r2');
  const { release } = redisKeys('shop');
  const document = JSON.parse((await redis.get(release)) ?? 'null') as object;
  const sentence = '0 of 900 canary requests (0.0%) failed: safe';
  const judged = { ...document, evidence: { kind: 'safe', sentence } };
  await redis.set(release, JSON.stringify(judged));
  expect(await json('rollout', 'status')).toMatchObject({ evidence: [sentence] });
  const details = { summary: 'canary 2 fails requests', actions: [], evidence: '9 of 10 failed' };
  const ejection = { incidentId: 'x', flags: [], details };
  await redis.set(release, JSON.stringify({ ...document, evidence: { ejection } }));
  expect(await json('rollout', 'status')).toMatchObject({ evidence: ['9 of 10 failed'] });
});
