import { expect, test } from 'vitest';
import { deployOptions, rollbackArguments } from '../../../infra/deploy/options.ts';

test('a deployment is watched for 60 seconds by default', () => {
  expect(deployOptions(['--stack', 'prod'])).toEqual({ stack: 'prod', verifySeconds: 60 });
});

test.each([
  [[], '--stack must be given'],
  [['--stack', 'prod', '--verify', 'long'], 'from 0 to 3600, got long'],
  [['--stack', 'prod', '--verfiy', '1'], '--verfiy'],
])('a deployment refuses the options %j', (args, expected) => {
  expect(() => deployOptions(args)).toThrow(expected);
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
