import { expect, test } from 'vitest';
import { dnsName, recordResource } from '../../../infra/targets/dns-name.ts';

test.for([
  ['shop.example.com', undefined, 'example.com', 'shop'],
  ['shop.eu.example.com', 'example.com', 'example.com', 'shop.eu'],
  ['example.com', 'example.com', 'example.com', '@'],
] as const)('the record of %s with zone %s is in zone %s as %s', ([domain, given, zone, label]) => {
  expect(dnsName(domain, given)).toEqual({ zone, label });
});

test('the resource of a record is found again when hosts are added, removed or put in another order', () => {
  const single = recordResource('shop-prod', ['a.internal'], 0);
  const several = ['a.internal', 'b.internal'];
  const first = recordResource('shop-prod', several, 0);
  expect(single.name).toBe('shop-prod');
  expect(first.aliases).toContainEqual({ name: single.name });
  expect(single.aliases).toContainEqual({ name: first.name });
  const reordered = recordResource('shop-prod', several.toReversed(), 1);
  expect(reordered.name).toBe(first.name);
});
