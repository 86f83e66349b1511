import { expect, test } from 'vitest';
import { schema } from '../../../infra/config/schema.ts';

const accepts = (value: string) => schema.networkRange.safeParse(value).success;

test.each(['10.43.0.0/20', '172.31.0.0/16', '192.168.4.16/28'])(
  '%s is a private network',
  (value) => {
    expect(accepts(value)).toBe(true);
  },
);

test.each([
  ['a range with bits of a host', '10.43.1.0/20'],
  ['a range larger than /16', '10.0.0.0/8'],
  ['a range smaller than /28', '10.43.0.0/29'],
  ['a public range', '8.8.0.0/20'],
  ['an IPv6 range', 'fd00::/20'],
  ['an address', '10.43.0.0'],
])('%s is refused', (_case, value) => {
  expect(accepts(value)).toBe(false);
});
