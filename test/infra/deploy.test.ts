import { describe, expect, test } from 'vitest';
import { parseStatus, releaseProblems } from '../../infra/deploy/judge-release.ts';
import { lastGoodOf } from '../../infra/deploy/last-good.ts';
import { deployOptions } from '../../infra/deploy/options.ts';
import { watchRelease } from '../../infra/deploy/watch.ts';

const stable = { id: 'stable-0', track: 'stable', state: 'active' };
const canary = { id: 'canary-0', track: 'canary', state: 'active' };
const well = {
  release: { phase: 'progressing', reason: 'weight set', members: [stable, canary] },
  proxies: [{ id: 'p', memberHealth: { 'stable-0': 'healthy', 'canary-0': 'healthy' } }],
  opinion: null,
};
const problemsOf = (status: unknown) => releaseProblems(parseStatus(JSON.stringify(status)));

describe('a release', () => {
  test('is well when its members are active and healthy', () => {
    expect(problemsOf(well)).toEqual([]);
  });

  test.each([
    ['there is none', { ...well, release: null }, ['there is no release']],
    [
      'no stable member is left',
      { ...well, release: { ...well.release, members: [canary] } },
      ['no stable member is active'],
    ],
    [
      'its rollout was aborted',
      { ...well, release: { ...well.release, phase: 'aborted', reason: 'too many errors' } },
      ['the rollout was aborted: too many errors'],
    ],
    [
      'a member was ejected',
      { ...well, release: { ...well.release, members: [stable, { ...canary, state: 'ejected' }] } },
      ['member canary-0 was ejected: weight set'],
    ],
    [
      'a proxy finds an active member unhealthy',
      { ...well, proxies: [{ id: 'p', memberHealth: { 'stable-0': 'unhealthy' } }] },
      ['member stable-0 is unhealthy'],
    ],
  ])('is not well when %s', (_name, status, expected) => {
    expect(problemsOf(status)).toEqual(expected);
  });
});

test('the watch ends at once when something is wrong', async () => {
  const problems = await watchRelease(
    async () => JSON.stringify({ ...well, release: null }),
    3_600,
  );
  expect(problems).toEqual(['there is no release']);
});

test('the last good images are those of the outputs, if the stack has any', () => {
  const output = (value: string) => ({ value, secret: false });
  expect(lastGoodOf({})).toBeUndefined();
  expect(lastGoodOf({ image: output('a'), runtimeImage: output('b') })).toEqual({
    image: 'a',
    runtimeImage: 'b',
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
