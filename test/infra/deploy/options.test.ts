import { expect, test } from 'vitest';
import { deployOptions, rollbackArguments } from '../../../infra/deploy/options.ts';

test('a deployment is watched for 60 seconds by default', () => {
  expect(deployOptions(['--stack', 'prod'])).toMatchObject({ stack: 'prod', verifySeconds: 60 });
});

test.each([
  [[], '--stack must be given'],
  [['--stack', 'prod', '--verify', 'long'], 'from 0 to 3600, got long'],
  [['--stack', 'prod', '--verfiy', '1'], '--verfiy'],
  [['--stack', 'prod', '--image', 'shop:2'], '--image must be an image with its digest'],
  [['--stack', 'prod', '--timeout', '5'], '--timeout needs --progressive or --promote'],
  [['--stack', 'prod', '--progressive', '--timeout', '0'], 'from 1 to 10080, got 0'],
  [['--stack', 'prod', '--wait', 'long'], 'from 1 to 86400, got long'],
  [['--stack', 'prod', '--promote', 'prod'], '--promote must name another stack'],
  [
    ['--stack', 'prod', '--from', 'canary', '--progressive', '--promote', 'b', '--verify', 'x'],
    '--verify must be a whole number from 0 to 3600, got x; --from must not be given with --progressive: it deploys what the canary ran; --from must not be given with --promote: it deploys what the canary ran',
  ],
])('a deployment refuses the options %j', (args, expected) => {
  expect(() => deployOptions(args)).toThrow(expected);
});

test('a promotion is progressive, and its options are numbers', () => {
  const image = `shop@sha256:${'a'.repeat(64)}`;
  const args = ['--stack', 'canary', '--promote', 'prod', '--image', image];
  expect(deployOptions([...args, '--wait', '30', '--timeout', '90'])).toEqual({
    stack: 'canary',
    promote: 'prod',
    image,
    isProgressive: true,
    waitSeconds: 30,
    timeoutMinutes: 90,
    verifySeconds: 60,
    from: undefined,
  });
});

test('a rollback may name its version', () => {
  const prod = { stack: 'prod', verifySeconds: 60 };
  expect(rollbackArguments(['--stack', 'prod'])).toEqual({ ...prod, version: undefined });
  expect(rollbackArguments(['v1', '--stack', 'prod'])).toEqual({ ...prod, version: 'v1' });
  expect(() => rollbackArguments(['--stack', 'prod', 'v1', 'v2'])).toThrow(
    'VERSION must be one version, got v1 v2',
  );
  expect(() => deployOptions(['--stack', 'prod', 'v1'])).toThrow('v1');
});
