import { expect, test } from 'vitest';
import { decodeHuffman } from '../../../../../runtime/proxy/http/h2/hpack/huffman.ts';
import { huffmanCodes } from '../../../../../runtime/proxy/http/h2/hpack/huffman-code.ts';

/** Bits of a string, as ones and zeros. */
function bitsOf(symbols: readonly number[]): string {
  const codes = new Map(huffmanCodes().map((one) => [one.symbol, one]));
  return symbols
    .map((symbol) => {
      const { code = 0, bits = 0 } = codes.get(symbol) ?? {};
      return code.toString(2).padStart(bits, '0');
    })
    .join('');
}

/** @param bits a multiple of eight. */
function bytesOf(bits: string): Buffer {
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

function padded(bits: string): string {
  return bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
}

function decoded(bytes: Buffer): string | undefined {
  const target = Buffer.alloc(2 * bytes.length + 8);
  const length = decodeHuffman(bytes, 0, bytes.length, target);
  return length < 0 ? undefined : target.toString('latin1', 0, length);
}

test.for([
  ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
  ['a8eb10649cbf', 'no-cache'],
  ['25a849e95ba97d7f', 'custom-key'],
  ['6402', '302'],
  ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  [
    '94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
  ],
  ['', ''],
] as const)('RFC 7541 appendix C: %s is "%s"', ([hex, text]) => {
  expect(decoded(Buffer.from(hex, 'hex'))).toBe(text);
});

test('RFC 7541 appendix B: some codes are those of the table', () => {
  const found = huffmanCodes().filter(({ symbol }) =>
    [0x30, 0x5c, 0xf9, 0x16, 256].includes(symbol),
  );
  expect(found.map(({ symbol, bits, code }) => [symbol, bits, code.toString(16)])).toEqual([
    [0x30, 5, '0'],
    [0x5c, 19, '7fff0'],
    [0xf9, 28, 'ffffffe'],
    [0x16, 30, '3ffffffe'],
    [256, 30, '3fffffff'],
  ]);
});

test('every byte is decoded beside every other kind of code', () => {
  for (let symbol = 0; symbol < 256; symbol += 1) {
    const symbols = [symbol, 0x30, symbol, symbol, 0xf9, symbol];
    expect(decoded(bytesOf(padded(bitsOf(symbols))))).toBe(String.fromCharCode(...symbols));
  }
});

test.for([
  ['padding of eight bits', `${bitsOf([0x26])}11111111`],
  ['padding of thirty bits', `${padded(bitsOf([0x30]))}${'1'.repeat(24)}`],
  ['padding with a zero', `${bitsOf([0x30])}110`],
  ['the end of a string in it', padded(bitsOf([0x30, 256, 0x30]))],
  ['a code that breaks off', bitsOf([0xf9]).slice(0, 24)],
] as const)('RFC 7541 section 5.2: %s is an error', ([, bits]) => {
  expect(decoded(bytesOf(bits))).toBeUndefined();
});
