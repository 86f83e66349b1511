import { expect, test } from 'vitest';
import { dnsName } from '../../../infra/targets/dns-name.ts';

test.for([
  ['shop.example.com', undefined, 'example.com', 'shop'],
  ['shop.eu.example.com', 'example.com', 'example.com', 'shop.eu'],
  ['example.com', 'example.com', 'example.com', '@'],
] as const)('the record of %s with zone %s is in zone %s as %s', ([domain, given, zone, label]) => {
  expect(dnsName(domain, given)).toEqual({ zone, label });
});
