import { byteClass, cr, fieldByte, lf } from './bytes.ts';
import { HeldBytes } from './held-bytes.ts';

/**
 * Assembles a head that arrives in parts. It reads each byte once, so a head that is sent byte by
 * byte costs no more than a whole one. It stops at the first byte that no head can hold, so that
 * the parser can refuse the head at once.
 */
export class HeadAssembler {
  readonly #held = new HeldBytes();
  #lineLength = 0;
  #lines = 0;
  #afterCr = false;

  get isEmpty(): boolean {
    return this.#held.isEmpty;
  }

  /** Number of bytes so far. */
  get length(): number {
    return this.#held.length;
  }

  /** Position of the start line, after the empty line that may come before it. */
  get start(): number {
    return !this.isEmpty && this.bytes[0] === cr ? 2 : 0;
  }

  /** True if the first line is still incomplete. */
  get inStartLine(): boolean {
    return this.#lines === 0;
  }

  /** Bytes so far; valid until the next call. */
  get bytes(): Buffer {
    return this.#held.buffer;
  }

  /**
   * Appends the bytes [start, end) up to the end of the head.
   * @returns the position after that end, or -1 if the head goes on beyond `end`.
   */
  append(source: Buffer, start: number, end: number): number {
    let position = start;
    let found = false;
    while (position < end && !found) {
      found = this.#isLast(source[position] ?? 0);
      position += 1;
    }
    this.#held.append(source, start, position);
    return found ? position : -1;
  }

  clear(): void {
    this.#held.clear();
    this.#lineLength = 0;
    this.#lines = 0;
    this.#afterCr = false;
  }

  /** Reports whether the head ends with this byte, in a valid way or not. */
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
}
