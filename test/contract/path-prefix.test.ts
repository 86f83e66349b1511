import { expect, test } from 'vitest';
import { pathPrefixProblem } from '../../runtime/contract/path-prefix.ts';

test.each(['/x', '/x/y', '/v1.2', '/a-b_c~d', '/x;y=1'])('%s is a path prefix', (prefix) => {
  expect(pathPrefixProblem(prefix)).toBeUndefined();
});

test.each([
  ['', /begin with/],
  ['x', /begin with/],
  ['/', /leave it out/],
  ['/x/', /must not end in/],
  ['//x', /empty segments/],
  ['/x/../y', /dot segments/],
  ['/./x', /dot segments/],
  ['/x%2fy', /percent-encoded/],
  ['/x?y', /without a query/],
  ['/x#y', /without a query/],
  ['/x y', /RFC 3986/],
  ['/ü', /RFC 3986/],
  [`/${'a'.repeat(200)}`, /at most 200/],
])('%j is refused with the rule that it breaks', (prefix, rule) => {
  expect(pathPrefixProblem(prefix)).toMatch(rule);
});
