import { expect } from 'vitest';
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
  });
  expect(await json('weight')).toMatchObject({ weight: 33.33, generation: 3 });
  expect(await json('weight', '33.33', '--rollout', 'r2')).toMatchObject({ generation: 3 });
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
  expect(await run('weight', '20')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'perch: weight must be 0 without an active canary member, got 20\n',
  });
});
