import { expect, test } from 'vitest';
import { RouteTable } from '../../../runtime/core/edge/route-table.ts';

const [shop, blog, api, any] = ['shop', 'blog', 'api', 'any'].map((name) => ({ name }));
const table = new RouteTable([
  { hosts: ['shop.example', 'www.shop.example'], value: shop ?? {} },
  { hosts: ['shop.example'], pathPrefix: '/blog', value: blog ?? {} },
  { hosts: ['shop.example', 'api.example'], pathPrefix: '/blog/api', value: api ?? {} },
  { hosts: ['*.shop.example'], value: any ?? {} },
]);

test.each([
  ['shop.example', '/', shop],
  ['SHOP.Example', '/', shop],
  ['shop.example:8080', '/', shop],
  ['shop.example.', '/', shop],
  ['Shop.example.:80', '/blog', blog],
  ['www.shop.example', '/blog', shop],
  ['a.shop.example', '/', any],
  ['A.shop.example:443', '/blog', any],
  ['shop.example', '/blog', blog],
  ['shop.example', '/blog/x?y', blog],
  ['shop.example', '/blog?x', blog],
  ['shop.example', '/blogs', shop],
  ['shop.example', '/blog/api', api],
  ['shop.example', '/blog/apis', blog],
  ['shop.example', '/%62log', blog],
  ['shop.example', '/x/../blog', blog],
  ['shop.example', '/blog/../x', shop],
  ['shop.example', '/blog/%2e%2e/x', shop],
  ['shop.example', '*', shop],
  ['api.example', '/blog/api/1', api],
  ['api.example', '/', 'path-unknown'],
  ['api.example', '*', 'path-unknown'],
  ['a.b.shop.example', '/', 'host-unknown'],
  ['*.shop.example', '/', any],
  ['example', '/', 'host-unknown'],
  ['.shop.example', '/', 'host-unknown'],
  ['', '/', 'host-unknown'],
  ['127.0.0.1:80', '/', 'host-unknown'],
  ['[::1]:80', '/', 'host-unknown'],
  ['a'.repeat(10_000), '/', 'host-unknown'],
  [undefined, '/', 'host-unknown'],
])('%s%s is found', (host, target, expected) => {
  expect(table.find({ host, target })).toBe(expected);
  expect(table.find({ host, target })).toBe(expected);
});

test('unknown hosts without number take no memory without bound, and known ones stay', () => {
  for (let count = 0; count < 5_000; count += 1) {
    expect(table.find({ host: `h${count}.example`, target: '/' })).toBe('host-unknown');
  }
  expect(table.find({ host: 'shop.example:1', target: '/' })).toBe(shop);
});
