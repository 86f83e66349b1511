import { expect, test } from 'vitest';
import { deployOptions } from '../../../infra/deploy/options.ts';

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
