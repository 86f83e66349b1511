import { defaultTableSize, entryOverhead, EntrySizes } from './entry-sizes.ts';
import { staticTable } from './static-table.ts';

/** Field that is sent again and again, or was sent once. */
interface RecentField {
  value: string;
  /** Number of its entry in the table; -1: it has none. */
  entry: number;
}

/** Names of fields that are remembered for one connection. */
const mostNames = 64;
/** Names whose encoding all connections share. */
const mostSharedNames = 1_024;

/** Fields that the table holds at least: a larger field would push too many others out. */
const fewestEntries = 4;

/** Its value belongs to one client, so no table may keep it (RFC 7541 section 7.1.3). */
const neverIndexedName = 'set-cookie';

const indexed = 0x80;
const withIndexing = 0x40;
const sizeUpdate = 0x20;
const neverIndexed = 0x10;
const withoutIndexing = 0;

const staticNames = new Map<string, number>();
const statuses = new Map<string, string>();
for (const [at, [name, value]] of staticTable.entries()) {
  if (!staticNames.has(name)) staticNames.set(name, at + 1);
  if (name === ':status') statuses.set(value, integer(indexed, 0x7f, at + 1));
}

/** Name -> its encoding in a literal that is kept in no table. */
const plainNames = new Map<string, string>();

/**
 * Encoder of the field blocks of one connection (RFC 7541), as Latin-1. A field enters the table with the
 * second response in a row that has it, so values that differ each time push nothing out. Strings are sent
 * as they are: the Huffman code saves a fifth of what is sent once, for more than the rest costs.
 */
export class FieldEncoder {
  readonly #sizes = new EntrySizes();
  readonly #recent = new Map<string, RecentField>();
  /** Smallest size since the last block, to be announced in the next one; undefined: it is unchanged. */
  #smallestSize: number | undefined;

  /** Takes the size that the client allows the table. */
  allow(bytes: number): void {
    const allowed = Math.min(bytes, defaultTableSize);
    if (allowed === this.#sizes.mostBytes) return;
    this.#sizes.resize(allowed);
    this.#smallestSize = Math.min(allowed, this.#smallestSize ?? allowed);
  }

  /** Encodes a block. @param fields name, value, name, value; names in lower case. */
  encode(fields: readonly string[]): string {
    let block = this.#smallestSize === undefined ? '' : this.#sizeUpdates(this.#smallestSize);
    for (let index = 0; index + 1 < fields.length; index += 2) {
      block += this.#field(fields[index] ?? '', fields[index + 1] ?? '');
    }
    return block;
  }

  /** Announces the smallest size since the last block, then the present one (RFC 7541 section 4.2). */
  #sizeUpdates(smallest: number): string {
    const { mostBytes } = this.#sizes;
    this.#smallestSize = undefined;
    const first = integer(sizeUpdate, 0x1f, smallest);
    return smallest === mostBytes ? first : first + integer(sizeUpdate, 0x1f, mostBytes);
  }

  #field(name: string, value: string): string {
    if (name === ':status') {
      const known = statuses.get(value);
      if (known !== undefined) return known;
    } else if (name === neverIndexedName) {
      return named(neverIndexed, 0x0f, name) + text(value);
    }
    const recent = this.#recent.get(name);
    if (recent === undefined) {
      if (this.#recent.size < mostNames) this.#recent.set(name, { value, entry: -1 });
      return plainName(name) + text(value);
    }
    if (recent.value !== value) {
      recent.value = value;
      recent.entry = -1;
      return plainName(name) + text(value);
    }
    if (recent.entry >= 0 && this.#sizes.has(recent.entry)) {
      return integer(indexed, 0x7f, staticTable.length + this.#sizes.next - recent.entry);
    }
    const bytes = name.length + value.length + entryOverhead;
    if (bytes > this.#sizes.mostBytes / fewestEntries) return plainName(name) + text(value);
    recent.entry = this.#sizes.next;
    this.#sizes.insert(bytes);
    return named(withIndexing, 0x3f, name) + text(value);
  }
}

/** Returns the name of a literal that is kept in no table. */
function plainName(name: string): string {
  const known = plainNames.get(name);
  if (known !== undefined) return known;
  const encoded = named(withoutIndexing, 0x0f, name);
  if (plainNames.size < mostSharedNames) plainNames.set(name, encoded);
  return encoded;
}

function named(kind: number, mask: number, name: string): string {
  const index = staticNames.get(name);
  if (index !== undefined) return integer(kind, mask, index);
  return String.fromCharCode(kind) + text(name);
}

function text(latin1: string): string {
  return integer(0, 0x7f, latin1.length) + latin1;
}

/** Returns an integer with the bits of `kind` before its prefix (RFC 7541 section 5.1). */
function integer(kind: number, mask: number, value: number): string {
  if (value < mask) return String.fromCharCode(kind | value);
  let encoded = String.fromCharCode(kind | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) encoded += String.fromCharCode((rest & 0x7f) | 0x80);
  return encoded + String.fromCharCode(rest);
}
