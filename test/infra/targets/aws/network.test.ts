import { expect, test } from 'vitest';
import { subnetCidr } from '../../../../infra/targets/aws/network.ts';

test('subnets are adjacent in their network', () => {
  expect([0, 1].map((index) => subnetCidr('10.42.0.0/16', index))).toEqual([
    '10.42.0.0/20',
    '10.42.16.0/20',
  ]);
});
