import { expect, test } from 'vitest';
import { addressBlock } from '../../../../runtime/proxy/http/socket/address-block.ts';

test.each([
  ['198.18.0.1', '198.18.0.1'],
  ['2a00:db8:1:2:3:4:5:6', '2a00:db8:1:2::/64'],
  ['2a00:db8:1:2::1', '2a00:db8:1:2::/64'],
  ['2a00:db8::1', '2a00:db8:0:0::/64'],
  ['2a00::1:2:3:4:5', '2a00:0:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('clients of %s count as %s', (address, block) => {
  expect(addressBlock(address)).toBe(block);
});
