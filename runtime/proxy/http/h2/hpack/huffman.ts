import { endOfString, huffmanCodes } from './huffman-code.ts';

/** Bits by which codes are looked up. */
const step = 8;
const stepSize = 1 << step;
/** Marks an entry that holds a symbol and the bits of the step that its code takes. */
const leaf = 1 << 16;
const bitsShift = 9;
const symbolMask = (1 << bitsShift) - 1;
const bitsMask = 0xf;
/** Longest padding at the end of a string, bits. */
const mostPadding = 7;

const table = makeTable();

/**
 * Decodes a string (RFC 7541 section 5.2) into `target`, which must hold 8/5 of its bytes.
 * @returns the number of decoded bytes; -1 if the string is malformed.
 */
export function decodeHuffman(bytes: Buffer, start: number, end: number, target: Buffer): number {
  let length = 0;
  let waiting = 0;
  let count = 0;
  let node = 0;
  /** Bits since the end of the last symbol. */
  let sinceSymbol = 0;
  for (let position = start; position < end; position += 1) {
    waiting = ((waiting & 0xff) << step) | (bytes[position] ?? 0);
    count += step;
    sinceSymbol += step;
    while (count >= step) {
      const entry = table[node + ((waiting >> (count - step)) & 0xff)] ?? 0;
      if (entry < leaf) {
        node = entry;
        count -= step;
        continue;
      }
      const symbol = entry & symbolMask;
      if (symbol === endOfString) return -1;
      target[length] = symbol;
      length += 1;
      count -= (entry >> bitsShift) & bitsMask;
      sinceSymbol = count;
      node = 0;
    }
  }
  while (count > 0) {
    const entry = table[node + ((waiting << (step - count)) & 0xff)] ?? 0;
    const bits = (entry >> bitsShift) & bitsMask;
    if (entry < leaf || bits > count) break;
    target[length] = entry & symbolMask;
    length += 1;
    count -= bits;
    sinceSymbol = count;
    node = 0;
  }
  const ones = (1 << count) - 1;
  const isPadded = sinceSymbol <= mostPadding && (waiting & ones) === ones;
  return isPadded ? length : -1;
}

/**
 * Table of nodes with an entry for each value of a step: a leaf, or the place of the next node. Node 0
 * begins a code, so 0 as a place is an entry that no code has.
 */
function makeTable(): Int32Array {
  const nodes: number[][] = [Array<number>(stepSize).fill(0)];
  for (const { symbol, bits, code } of huffmanCodes()) {
    let node = nodes[0] ?? [];
    let rest = bits;
    while (rest > step) {
      const index = (code >> (rest - step)) & 0xff;
      const known = (node[index] ?? 0) / stepSize;
      rest -= step;
      if (known > 0) {
        node = nodes[known] ?? [];
        continue;
      }
      node[index] = nodes.length * stepSize;
      node = Array<number>(stepSize).fill(0);
      nodes.push(node);
    }
    const first = (code << (step - rest)) & 0xff;
    node.fill(leaf | (rest << bitsShift) | symbol, first, first + (1 << (step - rest)));
  }
  return Int32Array.from(nodes.flat());
}
