import { HeadAssembler } from './head-assembler.ts';

export interface HeadLimits {
  readonly headBytes: number;
  readonly startLineBytes: number;
}

/** Parser of a head that stands in one piece. */
interface HeadParser {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
  read(bytes: Buffer, start: number, limit: number): 'complete' | 'incomplete' | 'refused';
}

type HeadResult = 'complete' | 'incomplete' | 'refused' | 'too-large';

/**
 * Reads the heads of one connection, one after the other, however their bytes are split. A head
 * that arrives in one piece, as almost all do, is read where it stands.
 */
export class HeadReader {
  /** Position after the bytes that the last {@link read} has used. */
  next = 0;
  /** True after `too-large` if the start line has no end. */
  isInStartLine = false;
  readonly #parser: HeadParser;
  readonly #limits: HeadLimits;
  #parts: HeadAssembler | undefined;

  /** @param parser gets the heads; other readers may share it. */
  constructor(parser: HeadParser, limits: HeadLimits) {
    this.#parser = parser;
    this.#limits = limits;
  }

  /** True if a part of a head has come. */
  get isPartial(): boolean {
    return this.#parts !== undefined;
  }

  clear(): void {
    this.#parts = undefined;
  }

  /** True if the head that is being read, or that {@link read} has just read, begins with `text`. */
  beginsWith(text: string): boolean {
    const { bytes, start } = this.#parts ?? this.#parser;
    return bytes.latin1Slice(start, start + text.length) === text;
  }

  /** Reads the bytes [start, end), which begin a head or go on with one. */
  read(bytes: Buffer, start: number, end: number): HeadResult {
    if (this.#parts !== undefined) return this.#readOn(this.#parts, bytes, start, end);
    const parser = this.#parser;
    const result = parser.read(bytes, start, end);
    if (result === 'incomplete') {
      this.#parts = new HeadAssembler();
      this.#parts.append(bytes, start, end);
      this.next = end;
      return this.#isTooLarge(this.#parts) ? 'too-large' : 'incomplete';
    }
    this.next = parser.end;
    this.isInStartLine = false;
    const isTooLarge = parser.end - parser.start > this.#limits.headBytes;
    return result === 'complete' && isTooLarge ? 'too-large' : result;
  }

  #readOn(parts: HeadAssembler, bytes: Buffer, start: number, end: number): HeadResult {
    const next = parts.append(bytes, start, end);
    this.next = next === -1 ? end : next;
    if (this.#isTooLarge(parts)) {
      const isRefused = this.#parser.read(parts.bytes, 0, parts.length) === 'refused';
      return isRefused ? 'refused' : 'too-large';
    }
    if (next === -1) return 'incomplete';
    this.#parts = undefined;
    return this.#parser.read(parts.bytes, 0, parts.length) === 'complete' ? 'complete' : 'refused';
  }

  #isTooLarge(parts: HeadAssembler): boolean {
    const { headBytes, startLineBytes } = this.#limits;
    this.isInStartLine = parts.inStartLine;
    return parts.length > (parts.inStartLine ? Math.min(startLineBytes, headBytes) : headBytes);
  }
}
