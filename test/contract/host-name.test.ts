import { expect, test } from 'vitest';
import { hostNameProblem, isWildcard } from '../../runtime/contract/host-name.ts';

test.each([
  'shop.example.com',
  'localhost',
  'a.b-c.d9',
  '9.example',
  '*.example.com',
  'xn--bcher-kva.example',
  `${'a'.repeat(63)}.example`,
])('%s is a host name', (name) => {
  expect(hostNameProblem(name)).toBeUndefined();
});

test.each([
  ['', /RFC 1123/],
  ['Shop.example.com', /lower case/],
  ['shop.example.com:443', /without a port/],
  ['shop.example.com.', /end in a dot/],
  ['shop..example.com', /RFC 1123/],
  ['-shop.example.com', /RFC 1123/],
  ['shop-.example.com', /RFC 1123/],
  ['shop_1.example.com', /RFC 1123/],
  [`${'a'.repeat(64)}.example`, /RFC 1123/],
  [`${'a.'.repeat(127)}a`, /at most 253/],
  ['127.0.0.1', /not an IP address/],
  ['::1', /not an IP address/],
  ['[::1]', /not an IP address/],
  ['shop.1', /digits alone/],
  ['a.*.example.com', /wildcard/],
  ['a*.example.com', /wildcard/],
  ['*', /wildcard/],
  ['*.com', /at least two labels/],
  ['xn--a.example', /A-labels/],
  ['shop.example.com/x', /RFC 1123/],
  ['user@shop.example.com', /RFC 1123/],
])('%j is refused with the rule that it breaks', (name, rule) => {
  expect(hostNameProblem(name)).toMatch(rule);
});

test('a Unicode name is refused with its A-labels', () => {
  expect(hostNameProblem('bücher.example')).toBe(
    'must be written with A-labels: xn--bcher-kva.example',
  );
  expect(hostNameProblem('*.BÜCHER.example')).toBe(
    'must be written with A-labels: *.xn--bcher-kva.example',
  );
});

test('a wildcard is told from a name', () => {
  expect([isWildcard('*.example.com'), isWildcard('example.com')]).toEqual([true, false]);
});
