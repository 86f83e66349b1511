import { fnv1a } from '../../contract/fnv1a.ts';

const start = 0x811c9dc5;

/**
 * Hashes texts evenly to whole numbers from 0 up to but not including `size`. The same texts always
 * give the same number.
 *
 * FNV-1a (draft-eastlake-fnv, 32 bit) over the UTF-16 code units of each text in turn, then the
 * finaliser of MurmurHash3 (fmix32), which spreads sequential ids.
 */
export function stableHash(size: number, first: string, ...more: readonly string[]): number {
  const hash = more.reduce((seed, text) => hashText(text, seed ^ 0xff), hashText(first, start));
  return Math.floor((mix(hash) / 2 ** 32) * size);
}

function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = fnv1a(hash, text.charCodeAt(index));
  }
  return hash;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
