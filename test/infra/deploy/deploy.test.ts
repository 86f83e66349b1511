import { describe, expect, test } from 'vitest';
import { firstLine, pulumiFailure } from '../../../infra/deploy/failure.ts';
import { newProblems, parseStatus } from '../../../infra/deploy/release-health.ts';
import { lastGoodOf } from '../../../infra/deploy/last-good.ts';
import { deployOptions } from '../../../infra/deploy/options.ts';
import { watchRelease } from '../../../infra/deploy/watch.ts';

const stable = { id: 'stable-0', track: 'stable', state: 'active' };
const canary = { id: 'canary-0', track: 'canary', state: 'active' };
const release = { rolloutId: 'r1', phase: 'progressing', weight: 25, members: [stable, canary] };
const well = {
  release,
  proxies: [{ id: 'p', memberHealth: { 'stable-0': 'healthy', 'canary-0': 'healthy' } }],
  opinion: { verdict: null },
};
const ejected = {
  ...release,
  phase: 'aborted',
  members: [stable, { ...canary, state: 'ejected' }],
};

const problemsOf = (status: unknown, before: readonly string[] = []) =>
  newProblems(parseStatus(JSON.stringify(status)), before);

describe('a release', () => {
  test('is well when its members are active and healthy', () => {
    expect(problemsOf(well)).toEqual([]);
  });

  test.each([
    ['there is none', { ...well, release: null }, ['there is no release']],
    [
      'no stable member is left',
      { ...well, release: { ...release, members: [canary] } },
      ['no stable member is active'],
    ],
    [
      'its canary was ejected',
      { ...well, release: ejected },
      ['rollout r1 was aborted', 'member canary-0 was ejected'],
    ],
    [
      'a proxy finds an active member unhealthy',
      { ...well, proxies: [{ id: 'p', memberHealth: { 'stable-0': 'unhealthy' } }] },
      ['member stable-0 is unhealthy'],
    ],
  ])('is not well when %s', (_name, status, expected) => {
    expect(problemsOf(status)).toEqual(expected);
  });

  test('answers for no canary that was ejected before the update, but for the next one', () => {
    const before = problemsOf({ ...well, release: ejected });
    expect(problemsOf({ ...well, release: ejected }, before)).toEqual([]);
    const next = { ...canary, id: 'canary-1', state: 'ejected' };
    const again = { ...ejected, rolloutId: 'r2', members: [...ejected.members, next] };
    expect(problemsOf({ ...well, release: again }, before)).toEqual([
      'rollout r2 was aborted',
      'member canary-1 was ejected',
    ]);
  });

  test('is never well without a stable member, whatever was before', () => {
    expect(problemsOf({ ...well, release: null }, ['there is no release'])).toHaveLength(1);
  });
});

describe('the watch', () => {
  const watch = (answers: readonly (object | Error)[], seconds = 0) => {
    let asked = 0;
    const status = async () => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      if (answer instanceof Error) throw answer;
      return JSON.stringify(answer);
    };
    return watchRelease({ status, before: [], seconds, patienceMs: 50, intervalMs: 1 });
  };

  test('ends at once when something is wrong', async () => {
    expect(await watch([{ ...well, release: null }], 3_600)).toEqual(['there is no release']);
  });

  test('goes on over a look that fails', async () => {
    expect(await watch([new Error('ssh: connection reset'), well])).toEqual([]);
  });

  test('ends when the release stays out of sight', async () => {
    expect(await watch([new Error('no healthy monitor')], 3_600)).toEqual([
      "the release's status is unavailable: no healthy monitor",
    ]);
  });

  test('does not call a canary well that nobody judges', async () => {
    expect(await watch([{ ...well, opinion: null }])).toEqual(['no monitor judges the canary']);
    const idle = { ...well, opinion: null, release: { ...release, weight: 0 } };
    expect(await watch([idle])).toEqual([]);
  });
});

test('the last good images are those of the outputs, if the stack has any', () => {
  const output = (value: string) => ({ value, secret: false });
  expect(lastGoodOf({})).toBeUndefined();
  expect(
    lastGoodOf({ image: output('a'), runtimeImage: output('b'), version: output('v1') }),
  ).toEqual({ image: 'a', runtimeImage: 'b', version: 'v1' });
});

describe("what is told of Pulumi's error", () => {
  test.each([
    [
      'code: 255\n stdout: Updating (prod)\nerror: update failed\n\n' +
        'Diagnostics:\n  docker:index:Container (stable-0):\n' +
        '    error: 1 error occurred:\n    \t* container failed to be in healthy state after 8 seconds\n\n' +
        '  pulumi:pulumi:Stack (perch-prod):\n    error: update failed\n',
      '1 error occurred: * container failed to be in healthy state after 8 seconds',
    ],
    [
      'code: 255\n stdout: \n stderr: error: failed to decrypt: incorrect passphrase',
      'failed to decrypt: incorrect passphrase',
    ],
    [
      'Diagnostics:\n  docker:index:Container (canary-0):\n' +
        '    error:   sdk-v2/provider2.go:571: sdk.helper_schema: container failed to be in healthy state: provider=docker@5.2.0\n',
      'container failed to be in healthy state',
    ],
    [
      'Diagnostics:\n  command:local:Command (canary-0):\n' +
        '    error: exit status 1: running "monitor=$(docker ps)\\nexec docker exec \\"$monitor\\" perch":\n' +
        '    perch: connect: Redis did not answer in time\n\n  pulumi:pulumi:Stack (perch-prod):\n',
      'perch: connect: Redis did not answer in time',
    ],
    ['spawn pulumi ENOENT', 'spawn pulumi ENOENT'],
  ])('is its first error', (output, expected) => {
    expect(pulumiFailure(new Error(output))).toBe(expected);
  });

  test('is never longer than a mail can say in a line', () => {
    expect(firstLine('x'.repeat(1_000))).toHaveLength(300);
  });
});

describe('options', () => {
  test('default to a watch of 60 s', () => {
    expect(deployOptions(['--stack', 'prod'])).toEqual({ stack: 'prod', verifySeconds: 60 });
  });

  test.each([
    [[], '--stack must be given'],
    [['--stack', 'prod', '--verify', 'long'], 'from 0 to 3600, got long'],
    [['--stack', 'prod', '--verfiy', '1'], '--verfiy'],
  ])('%j are refused', (args, expected) => {
    expect(() => deployOptions(args)).toThrow(expected);
  });
});
