import { expect, test } from 'vitest';
import {
  FieldDecoder,
  malformedText,
} from '../../../../../runtime/proxy/http/h2/hpack/field-decoder.ts';

const limits = { mostFields: 20, mostBytes: 10_000 };

/** Decodes one block. @returns its fields; undefined for an error, or if it does not end with a field. */
function decode(decoder: FieldDecoder, hex: string): readonly string[] | undefined {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  decoder.begin();
  return decoder.decode(bytes, 0, bytes.length) === bytes.length ? [...decoder.fields] : undefined;
}

const request = [
  ':method',
  'GET',
  ':scheme',
  'http',
  ':path',
  '/',
  ':authority',
  'www.example.com',
];
const requests = [
  request,
  [...request, 'cache-control', 'no-cache'],
  [
    [':method', 'GET', ':scheme', 'https', ':path', '/index.html'],
    [':authority', 'www.example.com', 'custom-key', 'custom-value'],
  ].flat(),
];

test.for([
  [
    'C.3',
    [
      '828684410f7777772e6578616d706c652e636f6d',
      '828684be58086e6f2d6361636865',
      '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
    ],
  ],
  [
    'C.4',
    [
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '828684be5886a8eb10649cbf',
      '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
    ],
  ],
] as const)('RFC 7541 appendix %s: requests', ([, blocks]) => {
  const decoder = new FieldDecoder(limits);
  expect(blocks.map((block) => decode(decoder, block))).toEqual(requests);
});

const date = 'Mon, 21 Oct 2013 20:13:21 GMT';
const location = 'https://www.example.com';

test('RFC 7541 appendix C.6: responses, with a table of 256 bytes that loses its oldest entries', () => {
  const decoder = new FieldDecoder(limits);
  const fields = ['cache-control', 'private', 'date', date, 'location', location];
  const resized =
    '3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3';
  expect(decode(decoder, resized)).toEqual([':status', '302', ...fields]);
  expect(decode(decoder, '4883640effc1c0bf')).toEqual([':status', '307', ...fields]);
  const last =
    '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007';
  expect(decode(decoder, last)).toEqual([
    ':status',
    '200',
    'cache-control',
    'private',
    'date',
    date.replace(':21 ', ':22 '),
    'location',
    location,
    'content-encoding',
    'gzip',
    'set-cookie',
    'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ]);
  // It now holds set-cookie, content-encoding and date.
  expect(decode(decoder, 'c1')).toBeUndefined();
});

test.for([
  ['index 0', '80'],
  ['an index beyond the tables', 'be'],
  ['a name beyond the tables', '7e0161'],
  ['a table that is larger than allowed', '3fe21f'],
  ['a change of the table after a field', '8220'],
  ['an integer without bounds', 'ffffffffffff0f'],
  ['an integer with many zeros', 'ff808080808080808000'],
  ['a string in a broken Huffman code', '0081ff0161'],
  ['a string that is far too long', '007f81ffff7f'],
] as const)('%s is an error', ([, hex]) => {
  expect(decode(new FieldDecoder(limits), hex)).toBeUndefined();
});

test('a block that comes in two parts is decoded as far as its fields are whole', () => {
  const block = '828785410f7777772e6578616d706c652e636f6d408825a849e95ba97d7f8925a849e95bb8e8b4bf';
  const bytes = Buffer.from(block, 'hex');
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const decoder = new FieldDecoder(limits);
    decoder.begin();
    const first = decoder.decode(bytes, 0, cut);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(decoder.decode(bytes, first, bytes.length)).toBe(bytes.length);
    expect(decoder.fields).toEqual(requests[2]);
  }
});

test.for([
  ['a name in upper case', '000141 0162'],
  ['a name with a space', '0003612062 0162'],
  ['no name', '0000 0162'],
] as const)('%s is malformed, also when the table holds it', ([, hex]) => {
  const decoder = new FieldDecoder(limits);
  expect(decode(decoder, hex)).toEqual([malformedText, 'b']);
  expect(decode(decoder, hex.replace('00', '40'))).toEqual([malformedText, 'b']);
  expect(decode(decoder, 'be')).toEqual([malformedText, 'b']);
});

test('a value with the end of a line is malformed, also when the table holds it', () => {
  const decoder = new FieldDecoder(limits);
  expect(decode(decoder, '400161 03620d0a')).toEqual(['a', malformedText]);
  expect(decode(decoder, 'be')).toEqual(['a', malformedText]);
});

test('a list beyond a limit is cut off, and the table keeps up with it', () => {
  const decoder = new FieldDecoder(limits);
  decode(decoder, '400161 0162');
  expect(decode(decoder, 'be'.repeat(21))).toHaveLength(40);
  expect(decoder.isTooLarge).toBe(true);
  decode(decoder, `${'be'.repeat(30)}400163 0164`);
  expect(decode(decoder, 'be')).toEqual(['c', 'd']);
  expect(decoder.isTooLarge).toBe(false);
});

test('no bytes make it fail otherwise', () => {
  const decoder = new FieldDecoder(limits);
  let seed = 1;
  const next = () => (seed = (seed * 48_271) % 0x7fff_ffff);
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = Buffer.from(Array.from({ length: next() % 40 }, () => next() % 256));
    decoder.begin();
    const end = decoder.decode(bytes, 0, bytes.length);
    expect(end).toBeGreaterThanOrEqual(-1);
    expect(end).toBeLessThanOrEqual(bytes.length);
  }
});
