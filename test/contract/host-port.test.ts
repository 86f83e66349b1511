import { expect, test } from 'vitest';
import { bracketed, hostPort, unbracketed } from '../../runtime/contract/host-port.ts';

test.each([
  ['10.0.0.1', '10.0.0.1:80'],
  ['web-1.example.com', 'web-1.example.com:80'],
  ['2001:db8::1', '[2001:db8::1]:80'],
  ['[2001:db8::1]', '[2001:db8::1]:80'],
])('the address %s with a port is %s', (host, expected) => {
  expect(hostPort(host, 80)).toBe(expected);
  expect(hostPort(bracketed(host), '80')).toBe(expected);
});

test('an address loses its brackets, and one without keeps its form', () => {
  expect(['[::1]', '::1', 'web-1'].map(unbracketed)).toEqual(['::1', '::1', 'web-1']);
});
