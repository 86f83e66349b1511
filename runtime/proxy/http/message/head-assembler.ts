import { byteClass, cr, fieldByte, lf } from './bytes.ts';

/**
 * Puts together a head that arrives in parts. Every byte is looked at once, so that a head sent
 * byte by byte costs what a whole one does. It stops early at a byte that no head can hold, so
 * that the parser may say at once what is wrong.
 */
export class HeadAssembler {
  #bytes: Buffer | undefined;
  #length = 0;
  #lineLength = 0;
  #lines = 0;
  #afterCr = false;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Bytes kept so far. */
  get length(): number {
    return this.#length;
  }

  /** Whether the first line is still incomplete. */
  get inStartLine(): boolean {
    return this.#lines === 0;
  }

  /** The bytes kept so far; good until the next call. */
  get bytes(): Buffer {
    return this.#bytes ?? Buffer.alloc(0);
  }

  /**
   * Keeps the bytes [start, end) up to the end of the head.
   * @returns the position after that, or -1 when the head goes on beyond `end`.
   */
  append(source: Buffer, start: number, end: number): number {
    let position = start;
    let found = false;
    while (position < end && !found) {
      found = this.#isLast(source[position] ?? 0);
      position += 1;
    }
    this.#keep(source, start, position);
    return found ? position : -1;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#length = 0;
    this.#lineLength = 0;
    this.#lines = 0;
    this.#afterCr = false;
  }

  /** Whether the head ends with this byte, be it in order or not. */
  #isLast(byte: number): boolean {
    if (this.#afterCr) {
      if (byte !== lf) return true;
      this.#afterCr = false;
      const isEmptyLine = this.#lineLength === 0;
      this.#lineLength = 0;
      this.#lines += 1;
      return isEmptyLine && this.#lines > 1;
    }
    if (byte === cr) {
      this.#afterCr = true;
      return false;
    }
    this.#lineLength += 1;
    return ((byteClass[byte] ?? 0) & fieldByte) === 0;
  }

  #keep(source: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (this.#bytes === undefined || this.#bytes.length < length) {
      const larger = Buffer.allocUnsafe(Math.max(1024, 2 * length));
      this.#bytes?.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    source.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }
}
