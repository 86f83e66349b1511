import { decodeHuffman } from './huffman.ts';
import { defaultTableSize, entryOverhead, EntrySizes } from './entry-sizes.ts';
import { staticTable } from './static-table.ts';

/** Limits of one list of fields. */
export interface FieldLimits {
  /** Number of fields. */
  readonly mostFields: number;
  /** Bytes of the list as RFC 9113 section 6.5.2 counts them. */
  readonly mostBytes: number;
}

/** Longest name or value that is decoded, in bytes; a longer one is an error of compression. */
const mostStringBytes = 32_768;

/** Values above it are errors: nothing that is encoded here is that large. */
const mostInteger = 0x0fff_ffff;

const name = 0;
const value = 1;

/** String that is no name or value of a field (RFC 9113 section 8.2.1). */
export const malformedText = '\n';

/** Tokens in lower case, and pseudo-fields. */
const goodName = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const badValue = /[\0\r\n]/;

const decoded = Buffer.allocUnsafeSlow(Math.ceil((mostStringBytes * 8) / 5));

/** Stops the decoding of bytes that end in the middle of a field. */
const incomplete = -1;
/** Stops it at an error (RFC 7541). */
const malformed = -2;

/** Decoder of the field blocks of one connection (RFC 7541). */
export class FieldDecoder {
  /** Fields of the current block: name, value, name, value. */
  readonly fields: string[] = [];
  readonly #limits: FieldLimits;
  readonly #sizes = new EntrySizes();
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;
  #end = 0;
  #listBytes = 0;
  #isTooLarge = false;
  /** True until the first field of a block. */
  #isAtStart = true;

  constructor(limits: FieldLimits) {
    this.#limits = limits;
  }

  /** True if the current block exceeds a limit. Then {@link fields} lacks some. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /** Prepares for a block. */
  begin(): void {
    this.fields.length = 0;
    this.#listBytes = 0;
    this.#isTooLarge = false;
    this.#isAtStart = true;
  }

  /**
   * Decodes the fields that stand whole in [start, end) of a block, or of a part of one.
   * @returns the position after the last of them; -1 for an error of compression.
   */
  decode(bytes: Buffer, start: number, end: number): number {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    let whole = start;
    while (this.#position < end) {
      const result = this.#field();
      if (result === malformed) return -1;
      if (result === incomplete) return end - whole > mostStringBytes ? -1 : whole;
      whole = this.#position;
    }
    return whole;
  }

  /** Decodes one field, or one update of the table's size (RFC 7541 section 6). */
  #field(): number {
    const first = this.#bytes[this.#position] ?? 0;
    if (first >= 0x80) {
      const index = this.#integer(0x7f);
      if (index < 0) return index;
      const known = this.#entry(index, name);
      if (known === undefined) return malformed;
      this.#isAtStart = false;
      this.#add(known, this.#entry(index, value) ?? '');
      return 0;
    }
    if (first >= 0x40) return this.#literal(0x3f, true);
    if (first >= 0x20) return this.#resize();
    return this.#literal(0x0f, false);
  }

  #literal(mask: number, isIndexed: boolean): number {
    const index = this.#integer(mask);
    if (index < 0) return index;
    const fieldName = index === 0 ? this.#string() : this.#entry(index, name);
    if (fieldName === undefined) return malformed;
    if (typeof fieldName === 'number') return fieldName;
    const fieldValue = this.#string();
    if (typeof fieldValue === 'number') return fieldValue;
    this.#isAtStart = false;
    // What the table holds was checked before.
    const checkedName = index > 0 || goodName.test(fieldName) ? fieldName : malformedText;
    const checkedValue = badValue.test(fieldValue) ? malformedText : fieldValue;
    if (isIndexed) {
      const bytes = fieldName.length + fieldValue.length + entryOverhead;
      const slot = this.#sizes.slot(this.#sizes.next);
      if (this.#sizes.insert(bytes)) {
        this.#names[slot] = checkedName;
        this.#values[slot] = checkedValue;
      }
    }
    this.#add(checkedName, checkedValue);
    return 0;
  }

  #resize(): number {
    const bytes = this.#integer(0x1f);
    if (bytes === incomplete) return incomplete;
    if (bytes < 0 || bytes > defaultTableSize || !this.#isAtStart) return malformed;
    this.#sizes.resize(bytes);
    return 0;
  }

  #entry(index: number, part: typeof name | typeof value): string | undefined {
    if (index <= staticTable.length) return staticTable[index - 1]?.[part];
    const age = index - staticTable.length;
    if (age > this.#sizes.count) return undefined;
    const slot = this.#sizes.slot(this.#sizes.next - age);
    return part === name ? this.#names[slot] : this.#values[slot];
  }

  #add(fieldName: string, fieldValue: string): void {
    if (this.#isTooLarge) return;
    this.#listBytes += fieldName.length + fieldValue.length + entryOverhead;
    const { mostBytes, mostFields } = this.#limits;
    this.#isTooLarge = this.#listBytes > mostBytes || this.fields.length === 2 * mostFields;
    if (!this.#isTooLarge) this.fields.push(fieldName, fieldValue);
  }

  /** Reads an integer whose prefix is under `mask` (RFC 7541 section 5.1). */
  #integer(mask: number): number {
    const bytes = this.#bytes;
    let integer = (bytes[this.#position] ?? 0) & mask;
    this.#position += 1;
    if (integer < mask) return integer;
    for (let shift = 0; ; shift += 7) {
      if (this.#position >= this.#end) return incomplete;
      const byte = bytes[this.#position] ?? 0;
      this.#position += 1;
      integer += (byte & 0x7f) * 2 ** shift;
      if (integer > mostInteger || shift > 28) return malformed;
      if (byte < 0x80) return integer;
    }
  }

  /** Reads a string (RFC 7541 section 5.2). */
  #string(): string | number {
    if (this.#position >= this.#end) return incomplete;
    const isHuffman = (this.#bytes[this.#position] ?? 0) >= 0x80;
    const length = this.#integer(0x7f);
    if (length < 0) return length;
    if (length > mostStringBytes) return malformed;
    const start = this.#position;
    const end = start + length;
    if (end > this.#end) return incomplete;
    this.#position = end;
    if (!isHuffman) return this.#bytes.latin1Slice(start, end);
    const size = decodeHuffman(this.#bytes, start, end, decoded);
    return size < 0 ? malformed : decoded.latin1Slice(0, size);
  }
}
