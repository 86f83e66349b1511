import { expect, test } from 'vitest';
import { isOwnFault } from '../../../../runtime/proxy/http/socket/own-fault.ts';

const failed = (code: string, address?: string) =>
  Object.assign(new Error(code), { code, ...(address !== undefined && { address }) });

test.each([
  ['no descriptor', failed('EMFILE'), true],
  ['no port left', failed('EADDRNOTAVAIL', '10.0.0.1'), true],
  ['an IPv6 address on a machine without IPv6', failed('EADDRNOTAVAIL', 'fd00::1'), false],
  ['a refusal', failed('ECONNREFUSED', '10.0.0.1'), false],
  ['no error', undefined, false],
])('%s: own fault %o', (_, error, expected) => {
  expect(isOwnFault(error)).toBe(expected);
});
