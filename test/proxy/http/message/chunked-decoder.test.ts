import { expect, test } from 'vitest';
import { ChunkedDecoder } from '../../../../runtime/proxy/http/message/chunked-decoder.ts';

function decoded(body: string): 'whole' | 'part' | 'chunk' | 'trailer' {
  const decoder = new ChunkedDecoder();
  const bytes = Buffer.from(body, 'latin1');
  const end = decoder.decode(bytes, 0, bytes.length);
  if (typeof end === 'string') return end;
  return decoder.isDone ? 'whole' : 'part';
}

test('RFC 9112 7.1.1: extensions are bounded for each chunk, not for the body', () => {
  const withExtension = (length: number) => `1;a=${'b'.repeat(length)}\r\na\r\n`;
  expect(decoded(`${withExtension(3_000).repeat(20)}0\r\n\r\n`)).toBe('whole');
  expect(decoded(`${withExtension(5_000)}0\r\n\r\n`)).toBe('chunk');
});
