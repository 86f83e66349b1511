import { expect } from 'vitest';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import type { ReleaseDocument } from '../../runtime/core/release/release-document.ts';
import { test as base } from './fixtures.ts';

const steps = [
  { weight: 5, minutes: 10 },
  { weight: 25, minutes: 0.5, until: 60 },
  { weight: 100, minutes: 10, until: 30 },
];

/**
 * - `begin`: begins rollout 2.1 of the staged canary with three steps.
 * - `stored`: the release document in Redis.
 */
const test = base
  .extend(
    'begin',
    ({ withInput, staged: _staged }) =>
      (plan: object = { steps }, id = '2.1', ...args: string[]) =>
        withInput(plan, 'rollout', 'begin', id, '--json', ...args),
  )
  .extend('stored', ({ redis }) => async (): Promise<ReleaseDocument> => {
    const json = await redis.get(redisKeys('shop').release);
    return JSON.parse(json ?? 'null') as ReleaseDocument;
  });

test('rollout begin stores the steps on stdin, once', async ({ begin, stored }) => {
  const begun = await begin({ steps, onInconclusive: 'abort' }, '2.1', '--affinity=cookie');
  expect(begun.stderr).toBe('');
  expect(JSON.parse(begun.stdout)).toMatchObject({
    rolloutId: '2.1',
    phase: 'progressing',
    step: 1,
    steps: 3,
    weight: 5,
    changed: true,
  });
  const document = await stored();
  expect(document.affinity).toBe('cookie');
  expect(document.plan).toEqual([
    { weight: 5, minDurationMs: 600_000, deadlineMs: null, onDeadline: 'abort' },
    { weight: 25, minDurationMs: 30_000, deadlineMs: 3_600_000, onDeadline: 'abort' },
    { weight: 100, minDurationMs: 600_000, deadlineMs: 1_800_000, onDeadline: 'abort' },
  ]);
  const again = await begin({ steps: steps.slice(1) });
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, weight: 5, steps: 3 });
  expect(await stored()).toEqual(document);
  const split = await begin({ steps }, '2.1', '--affinity=none');
  expect(JSON.parse(split.stdout)).toMatchObject({ changed: true, weight: 5, steps: 3 });
  expect(await stored()).toMatchObject({ affinity: 'none', plan: document.plan });
});

test.for([
  [{}, 'steps must be a list of steps'],
  [{ steps: [] }, 'steps must have at least one step, got []'],
  [
    {
      steps: [
        { weight: 0, minutes: -1 },
        { weight: 12.345, minutes: 'long', unitl: 5 },
      ],
      onInconclusive: 'stop',
    },
    'steps.0.weight must be from 0.01 to 100, got 0; steps.0.minutes must be from 0 to 10080, got -1; ' +
      'steps.1.weight must have two decimals at most, got 12.345; steps.1.minutes must be a number, got long; ' +
      'steps.1.unitl is not known; did you mean until?; ' +
      'onInconclusive must be one of hold, continue, abort, got stop',
  ],
  [
    {
      steps: [
        { weight: 25, minutes: 10, until: 5 },
        { weight: 5, minutes: 10 },
      ],
    },
    'steps.0.until must be at least minutes, 10, got 5; ' +
      'steps.1.weight must be above 25, the weight of the step before, got 5',
  ],
  [
    { steps: [{ weight: 25, minutes: 10 }], onInconclusive: 'abort' },
    'onInconclusive must be hold, because no step has until, the end of an inconclusive one, got abort',
  ],
] as const)('rollout begin refuses %j with all problems', async ([plan, problems], { begin }) => {
  const { code, stdout, stderr } = await begin(plan);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'bad_input', message: problems } });
});

test('rollout begin refuses a share for the canary while no canary member is active', async ({
  run,
  withInput,
}) => {
  const member = ['--id=stable-1', '--track=stable', '--version=1', '--host=web-1'];
  await run('member', 'reserve', ...member, '--address=10.0.0.5');
  expect(await withInput({ steps }, 'rollout', 'begin', '2.1')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'perch: rollout 2.1 needs an active canary member for its first weight 5\n',
  });
});

test('each command moves the rollout, records who and why, and can be repeated', async ({
  begin,
  json,
  redis,
  run,
  stored,
}) => {
  await begin();
  const moves = [
    ['pause', 'paused', 'rollout-paused', 'rollout 2.1 paused at step 1 of 3: why pause'],
    [
      'resume',
      'progressing',
      'rollout-resumed',
      'rollout 2.1 resumed at step 1 of 3, weight 5: why resume',
    ],
    [
      'promote',
      'promoting',
      'rollout-promoted',
      'rollout 2.1 promoted at step 1 of 3: why promote',
    ],
    ['abort', 'aborted', 'canary-ejected', 'rollout 2.1 aborted: why abort'],
    ['retry', 'progressing', 'rollout-retried', 'rollout 2.1 begins again at weight 5: why retry'],
  ] as const;
  for (const [verb, phase, event, text] of moves) {
    const args = ['rollout', verb, '--reason', `why ${verb}`];
    expect(await json(...args)).toMatchObject({ rolloutId: '2.1', phase, changed: true });
    const document = await stored();
    expect(document.updatedBy).toMatch(/.@./);
    const [[, fields] = ['', []]] = await redis.xrevrange(
      redisKeys('shop').events,
      '+',
      '-',
      'COUNT',
      1,
    );
    expect(fields).toEqual(expect.arrayContaining([event, text, document.updatedBy]));
    const again = await run(...args);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain(`nothing changed: rollout 2.1 is ${phase} already`);
    expect((await stored()).generation).toBe(document.generation);
  }
});

test.for(['pause', 'resume', 'promote', 'abort', 'retry'])(
  'rollout %s needs a reason and a rollout, and changes nothing without',
  async (verb, { redis, run }) => {
    expect(await run('rollout', verb)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'perch: reason must be given\n',
    });
    const { code, stdout, stderr } = await run('rollout', verb, '--reason', 'x');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toBe('');
    expect(await redis.keys('*')).toEqual([]);
  },
);

test('a resumed step has all of its time again', async ({ begin, run, redis, stored }) => {
  await begin();
  const early = { ...(await stored()), stepStartedAt: 1_000 };
  await redis.set(redisKeys('shop').release, JSON.stringify(early));
  await run('rollout', 'pause', '--reason', 'lunch');
  expect((await stored()).stepStartedAt).toBe(1_000);
  await run('rollout', 'resume', '--reason', 'lunch is over');
  const { stepStartedAt, updatedAt } = await stored();
  expect(stepStartedAt).toBe(updatedAt);
});

test('rollout status says step, share, time, deadline and what the judge says', async ({
  begin,
  json,
  redis,
  run,
  stored,
}) => {
  await begin();
  await redis.set(
    redisKeys('shop').release,
    JSON.stringify({ ...(await stored()), step: 1, weight: 25, generation: 9 }),
  );
  const sentence = '0 of 12 canary requests failed: not enough data yet';
  const verdict = { kind: 'inconclusive', sentence, evidence: { rule: 'none' } };
  const status = { at: 1, leader: 'monitor-1', verdict, near: [] };
  await redis.set(redisKeys('shop').verdict, JSON.stringify(status));
  const { code, stdout } = await run('rollout', 'status');
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('service shop: rollout 2.1 progressing, step 2 of 3, canary weight 25');
  expect(lines[1]).toMatch(
    /^step: for \d+ s; at least (30|2\d) s more, and until the judge finds the canary safe; then weight 100$/,
  );
  expect(lines[2]).toMatch(
    /^deadline: in (1 h|59 min( \d+ s)?) \(\d{4}-.*Z\): an inconclusive step pauses the rollout$/,
  );
  expect(lines[3]).toBe(`judge: inconclusive: ${sentence} (monitor-1)`);
  expect(lines[4]).toMatch(/^last change: rollout 2.1 begun at weight 5 \(.+@.+, \d{4}-.*Z\)$/);
  expect(lines.slice(6)).toEqual([
    'TRACK   REQUESTS  ERRORS  RATE  P95',
    'canary  0         0       -     -',
    'stable  0         0       -     -',
    '',
    'STEP  WEIGHT  AT LEAST  UNTIL   THEN   STATE',
    '1     5%      10 min    never   hold   passed',
    '2     25%     30 s      1 h     pause  progressing',
    '3     100%    10 min    30 min  pause  to come',
  ]);
  expect(await json('rollout', 'status')).toMatchObject({
    rolloutId: '2.1',
    phase: 'progressing',
    weight: 25,
    step: { number: 2, deadline: { outcome: 'pause' }, nextWeight: 100 },
    isJudged: true,
    verdict: { kind: 'inconclusive', sentence },
  });
  expect((await run('status')).stdout).toContain(
    'service shop: rollout 2.1 progressing, step 2 of 3, canary weight 25, affinity none',
  );
});

test.for([
  ['pause', 'waiting: for `perch rollout resume`, `promote` or `abort`'],
  ['promote', "waiting: for a deployment that makes the canary's version the stable one"],
  ['abort', 'waiting: for a new canary, or `perch rollout retry`'],
] as const)(
  'rollout status says what a rollout waits for after %s',
  async ([verb, text], { begin, run }) => {
    await begin();
    await run('rollout', verb, '--reason', 'x');
    const { stdout } = await run('rollout', 'status');
    expect(stdout).toContain(
      `\n${text}\njudge: no monitor judges the canary, so nothing advances\n`,
    );
  },
);

test('rollout status of a service without a release is an error', async ({ run }) => {
  const { code, stdout, stderr } = await run('rollout', 'status');
  expect(code).not.toBe(0);
  expect(stdout).toBe('');
  expect(stderr).toContain('shop');
});
