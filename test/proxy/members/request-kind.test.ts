import { expect, test } from 'vitest';
import { ByteText } from '../../../runtime/proxy/http/message/char-codes.ts';
import { requestKind } from '../../../runtime/proxy/members/request-kind.ts';

test.each([
  ['/items/7', '/items/12'],
  ['/items/7?a=1', '/items/7?b=2'],
  ['/', '/?x'],
  ['/orders/3f2a9c1d/lines', '/orders/00ab99ff12/lines'],
  [
    '/users/9b2d1c1e-7a55-4f6e-8f6a-2f1f5f0f6b1a/photo',
    '/users/0c0ffee0-1234-4abc-9def-000000000000/photo',
  ],
  ['/file/dGhpcyBpcyBhIGxvbmcgaWQ5', '/file/YW5vdGhlciBsb25nIGlkIG9mIDI4'],
  ['/img/123.png', '/img/4.png'],
  ['/page2', '/page34'],
])('%s and %s are requests of one kind', (one, other) => {
  expect(requestKind('GET', one)).toBe(requestKind('GET', other));
});

test.each([
  ['/', '/boom'],
  ['/items', '/items/7'],
  ['/items/7', '/orders/7'],
  ['/items/7/lines', '/items/7/photo'],
  ['/feedface/a', '/deadbeef/a'],
  ['/a/b', '/ab'],
  ['/a', '/A'],
  ['/internationalization', '/internationalisation'],
])('%s and %s are requests of two kinds', (one, other) => {
  expect(requestKind('GET', one)).not.toBe(requestKind('GET', other));
});

test.each(['/', '/items/7?a=1', '*', `/${'long/'.repeat(200)}`])(
  '%s is of one kind as a string and in bytes, whatever stands after it',
  (target) => {
    const text = new ByteText();
    for (const after of [' HTTP/1.1', '/more', '?more']) {
      text.set(Buffer.from(`GET ${target}${after}`, 'latin1'), 4, 4 + target.length);
      expect(text.text()).toBe(target);
      expect(requestKind('GET', text)).toBe(requestKind('GET', target));
    }
  },
);

test('the method is part of the kind', () => {
  expect(requestKind('GET', '/items/7')).not.toBe(requestKind('POST', '/items/7'));
});

test('ten thousand paths are of ten thousand kinds', () => {
  const letters = 'abcdefghij';
  const name = (number: number) =>
    String(number).replaceAll(/\d/g, (digit) => letters[Number(digit)] ?? '');
  const kinds = Array.from({ length: 10_000 }, (_, index) => requestKind('GET', `/${name(index)}`));
  expect(new Set(kinds).size).toBe(10_000);
});
