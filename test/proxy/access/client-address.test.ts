import { expect, test } from 'vitest';
import { clientAddress } from '../../../runtime/proxy/access/client-address.ts';
import { FieldKinds } from '../../../runtime/proxy/http/message/field-kind.ts';
import { RequestParser } from '../../../runtime/proxy/http/message/request-head.ts';

function headWith(forwardedFor: string | undefined): RequestParser {
  const line = forwardedFor === undefined ? '' : `X-Forwarded-For: ${forwardedFor}\r\n`;
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n`, 'latin1');
  const parser = new RequestParser(new FieldKinds([]), 100);
  expect(parser.read(bytes, 0, bytes.length)).toBe('complete');
  return parser;
}

test.each([
  ['full', '203.0.113.77', '203.0.113.77'],
  ['network', '203.0.113.77', '203.0.113.0/24'],
  ['network', '2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['network', '2001:db8::1', '2001:db8:0::/48'],
  ['network', '::1', '0:0:0::/48'],
  ['none', '203.0.113.77', undefined],
] as const)('in the form %s, the address %s is logged as %s', (form, address, logged) => {
  const seen = { head: undefined, isValid: false, isHttp2: false, address, isTrusted: false };
  expect(clientAddress(seen, form)).toBe(logged);
});

test.each([
  ['192.0.2.1, 198.51.100.7', '198.51.100.7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['unknown', '127.0.0.1'],
  ['', '127.0.0.1'],
  [undefined, '127.0.0.1'],
])('a trusted proxy that says %j stands for %s; another one for itself', (list, logged) => {
  const seen = { head: headWith(list), isValid: true, isHttp2: false, address: '127.0.0.1' };
  expect(clientAddress({ ...seen, isTrusted: true }, 'full')).toBe(logged);
  expect(clientAddress({ ...seen, isTrusted: false }, 'full')).toBe('127.0.0.1');
});
