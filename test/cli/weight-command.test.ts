import { expect } from 'vitest';
import { perch } from '../support/processes/perch.ts';
import { reserve, test } from './fixtures.ts';

test('weight shows the weight, and sets weight, affinity and rollout in one change', async ({
  json,
  run,
}) => {
  await run(...reserve('c1', 'canary'));
  await run('member', 'activate', '--id', 'c1');
  expect(await json('weight', '33.33', '--affinity', 'cookie', '--rollout', 'r2')).toEqual({
    weight: 33.33,
    affinity: 'cookie',
    rolloutId: 'r2',
    generation: 3,
    pausedRollout: null,
  });
  expect(await json('weight')).toMatchObject({ weight: 33.33, generation: 3 });
  expect(await json('weight', '33.33', '--rollout', 'r2')).toMatchObject({ generation: 3 });
});

test('a change of affinity, rollout and weight is one event that says all of it', async ({
  json,
  staged: _staged,
}) => {
  await json('weight', '40', '--affinity', 'cookie');
  expect(await json('events', '--last', '1')).toMatchObject({
    type: 'weight-set',
    text: 'affinity set to cookie; weight set from 25 to 40',
  });
  await json('weight', '30', '--affinity', 'none', '--rollout', 'r9');
  expect(await json('events', '--last', '1')).toMatchObject({
    type: 'rollout-begun',
    text: 'affinity set to none; rollout r9 begun at weight 30',
  });
});

test('weight says so if it changed nothing', async ({ run, staged: _staged }) => {
  expect((await run('weight', '25')).stdout).toMatch(/^nothing changed: weight 25, affinity none/);
  expect((await run('weight')).stdout).toMatch(/^weight 25, affinity none/);
});

test('weight says that it pauses a rollout with steps, and how to go on', async ({
  environment,
  json,
  run,
  staged: _staged,
}) => {
  const begin = async (id: string) => {
    const stdin = JSON.stringify({
      steps: [
        { weight: 5, minutes: 10 },
        { weight: 50, minutes: 10 },
      ],
    });
    expect(await perch(['rollout', 'begin', id], environment, { stdin })).toMatchObject({
      code: 0,
    });
  };
  await begin('r3');
  expect(await run('weight', '20')).toMatchObject({
    stdout: expect.stringMatching(
      /^weight 20, .*\nrollout r3 is paused at step 1 of 2, so that no step undoes this weight; go on at the step's weight, 5, with "perch rollout resume --reason TEXT"\n$/,
    ),
  });
  expect((await run('weight', '30')).stdout).not.toContain('paused');
  await begin('r4');
  expect(await json('weight', '20')).toMatchObject({
    pausedRollout: { step: 1, steps: 2, resume: 'perch rollout resume --reason TEXT' },
  });
  expect(await json('weight')).toMatchObject({ pausedRollout: null });
});

test.for([
  ['101', 'perch: weight must be from 0 to 100, got 101\n'],
  ['25.123', 'perch: weight must have two decimals at most, got 25.123\n'],
  ['many', 'perch: weight must be from 0 to 100, got many\n'],
  ['0x19', 'perch: weight must be from 0 to 100, got 0x19\n'],
  ['1e1', 'perch: weight must be from 0 to 100, got 1e1\n'],
  ['Infinity', 'perch: weight must be from 0 to 100, got Infinity\n'],
  ['25%', 'perch: weight must be from 0 to 100, got 25%\n'],
] as const)(
  'weight refuses %s with field, rule and value, and stores nothing',
  async ([weight, stderr], { redis, run }) => {
    expect(await run('weight', weight)).toEqual({ code: 2, stdout: '', stderr });
    expect(await redis.keys('*')).toEqual([]);
  },
);

test('weight refuses a share for the canary while no canary member is active', async ({ run }) => {
  await run(...reserve('c1', 'canary'));
  expect(await run('weight', '20')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'perch: weight must be 0 without an active canary member, got 20\n',
  });
});
