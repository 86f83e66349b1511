import { beforeEach, expect, test } from 'vitest';
import { FieldDecoder } from '../../../../../runtime/proxy/http/h2/hpack/field-decoder.ts';
import { FieldEncoder } from '../../../../../runtime/proxy/http/h2/hpack/field-encoder.ts';

const response = [
  [':status', '200'],
  ['content-type', 'text/plain'],
  ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['x-own', 'one'],
  ['via', '1.1 perch'],
].flat();

let encoder: FieldEncoder;
let decoder: FieldDecoder;

beforeEach(() => {
  encoder = new FieldEncoder();
  decoder = new FieldDecoder({ mostFields: 1_000, mostBytes: 1_000_000 });
});

/** Encodes a block, which must be decoded to the same fields. @returns it. */
function encode(fields: readonly string[]): Buffer {
  const block = Buffer.from(encoder.encode(fields), 'latin1');
  decoder.begin();
  expect(decoder.decode(block, 0, block.length)).toBe(block.length);
  expect(decoder.fields).toEqual(fields);
  return block;
}

test('a response that is sent again takes one byte for each field', () => {
  expect(encode(response).length).toBeGreaterThan(60);
  expect(encode(response).length).toBeGreaterThan(60);
  expect(encode(response)).toHaveLength(5);
});

test('values that differ each time push nothing out of the table', () => {
  for (let round = 0; round < 200; round += 1) {
    encode([...response, 'x-id', `request-${round}-${'a'.repeat(100)}`]);
  }
  expect(encode(response)).toHaveLength(5);
});

test('RFC 7541 section 7.1.3: a cookie enters no table', () => {
  for (let round = 0; round < 3; round += 1) {
    const block = encode([':status', '200', 'set-cookie', 'id=1']);
    expect(block.subarray(1, 3)).toEqual(Buffer.of(0x1f, 55 - 15));
  }
});

test('a table that the client makes smaller is announced, and one without room holds nothing', () => {
  for (let round = 0; round < 3; round += 1) encode(response);
  encoder.allow(0);
  const [first] = encode(response);
  expect(first).toBe(0x20);
  expect(encode(response).length).toBeGreaterThan(60);
  encoder.allow(100_000);
  expect(encode(response).subarray(0, 3).toString('hex')).toBe('3fe11f');
  encode(response);
  expect(encode(response)).toHaveLength(5);
});

test('RFC 7541 section 4.2: of several changes of the table, the smallest size and the last are announced', () => {
  for (let round = 0; round < 3; round += 1) encode(response);
  for (const size of [500, 0, 4_096]) encoder.allow(size);
  expect(encode(response).subarray(0, 4).toString('hex')).toBe('203fe11f');
  for (const size of [4_096, 100, 500, 100]) encoder.allow(size);
  expect(encode(response).subarray(0, 3).toString('hex')).toBe('3f4588');
});

test('encoder and decoder agree on thousands of lists of fields', () => {
  let seed = 7;
  const next = (below: number) => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
  const names = ['date', 'etag', 'set-cookie', 'x-a', 'x-b', 'location', 'age', ':status'];
  for (let round = 0; round < 3_000; round += 1) {
    if (next(50) === 0) encoder.allow(next(6_000));
    const count = next(12);
    const fields = Array.from({ length: count }, () => [
      next(3) === 0 ? `x-${next(80)}` : (names[next(names.length)] ?? ''),
      'v'.repeat(next(8) === 0 ? next(5_000) : next(40)) + next(3),
    ]).flat();
    encode(fields);
    expect(decoder.isTooLarge).toBe(false);
  }
});
