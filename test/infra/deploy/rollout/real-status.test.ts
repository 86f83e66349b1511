import { expect } from 'vitest';
import { followRollout, type RolloutEnd } from '../../../../infra/deploy/rollout/follow.ts';
import { test } from '../../../cli/fixtures.ts';
import { until } from '../../../support/until.ts';

const steps = [
  { weight: 25, minutes: 10, until: 60 },
  { weight: 50, minutes: 10 },
];

test('what perch prints about a rollout in Redis is what is followed, from its step to its end', async ({
  run,
  staged,
  withInput,
}) => {
  await withInput({ steps }, 'rollout', 'begin', 'r2');
  const traffic = {
    canary: { requests: 1_000, failures: 5, latencyMs: 40 },
    stable: { requests: 3_000, failures: 3, latencyMs: 20 },
  };
  await staged.handIn(Date.now(), traffic, 25, 'r2');
  let written = '';
  const follow = (rolloutId: string): Promise<RolloutEnd> =>
    followRollout({
      rolloutId,
      output: { write: (text) => (written += text) },
      signal: new AbortController().signal,
      intervalMs: 50,
      perch: async (words) => {
        const { code, stdout, stderr } = await run(...words);
        if (code !== 0) throw new Error(stderr);
        return stdout;
      },
    });
  const shown = (text: string) => until(() => written.includes(text), { what: text });

  const promotion = follow('r2');
  await shown('rollout r2: progressing, step 1 of 2, canary at 25%');
  expect(written).toContain(' | canary: 1,000 requests, 5 errors (0.5%), p95 ');
  expect(written).toContain(' | stable: 3,000 requests, 3 errors (0.1%), p95 ');
  expect(written).toMatch(
    /at least [\d a-z]+ more, then 50% once .*; deadline in [\d a-z]+, then it pauses/,
  );
  await run('rollout', 'pause', '--reason', 'lunch');
  await shown('rollout r2: paused, step 1 of 2');
  expect(written).toMatch(
    /by \S+@\S+ at [\d-]{10} [\d:]{8} UTC: rollout r2 paused at step 1 of 2: lunch/,
  );
  await run('rollout', 'promote', '--reason', 'urgent');
  expect(await promotion).toEqual({ kind: 'promoting' });

  await run('rollout', 'abort', '--reason', 'Safari is broken');
  expect(await follow('r2')).toEqual({
    kind: 'aborted',
    reason: 'rollout r2 aborted: Safari is broken',
    evidence: [
      expect.stringContaining('canary: 1,000 requests, 5 errors (0.5%), p95 '),
      expect.stringContaining('stable: 3,000 requests, 3 errors (0.1%), p95 '),
    ],
  });
  expect(await follow('r1')).toEqual({ kind: 'replaced', by: 'r2' });
});
