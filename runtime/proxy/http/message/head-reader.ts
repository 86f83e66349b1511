import { HeadAssembler } from './head-assembler.ts';

export interface HeadLimits {
  readonly headBytes: number;
  readonly startLineBytes: number;
}

/** What reads a head that stands in one piece. */
interface HeadParser {
  readonly start: number;
  readonly end: number;
  read(bytes: Buffer, start: number, limit: number): 'complete' | 'incomplete' | 'refused';
}

/**
 * Reads the heads of one connection, one after the other, however their bytes are split. A head
 * that comes whole, as almost all do, is read where it stands.
 */
export class HeadReader {
  /** After {@link read}: the position after what it has used. */
  next = 0;
  /** After `too-large`: whether it was the start line that has no end. */
  isInStartLine = false;
  #parts: HeadAssembler | undefined;

  /** Whether a head has begun to come and is not complete. */
  get isPartial(): boolean {
    return this.#parts !== undefined;
  }

  clear(): void {
    this.#parts = undefined;
  }

  read(
    parser: HeadParser,
    bytes: Buffer,
    start: number,
    end: number,
    limits: HeadLimits,
  ): 'complete' | 'incomplete' | 'refused' | 'too-large' {
    if (this.#parts !== undefined)
      return this.#readOn(this.#parts, parser, bytes, start, end, limits);
    const result = parser.read(bytes, start, end);
    if (result === 'incomplete') {
      this.#parts = new HeadAssembler();
      this.#parts.append(bytes, start, end);
      this.next = end;
      return this.#isTooLarge(this.#parts, limits) ? 'too-large' : 'incomplete';
    }
    this.next = parser.end;
    this.isInStartLine = false;
    if (result === 'complete' && parser.end - parser.start > limits.headBytes) return 'too-large';
    return result;
  }

  #readOn(
    parts: HeadAssembler,
    parser: HeadParser,
    bytes: Buffer,
    start: number,
    end: number,
    limits: HeadLimits,
  ): 'complete' | 'incomplete' | 'refused' | 'too-large' {
    const next = parts.append(bytes, start, end);
    this.next = next === -1 ? end : next;
    if (this.#isTooLarge(parts, limits)) return 'too-large';
    if (next === -1) return 'incomplete';
    this.#parts = undefined;
    return parser.read(parts.bytes, 0, parts.length) === 'complete' ? 'complete' : 'refused';
  }

  #isTooLarge(parts: HeadAssembler, { headBytes, startLineBytes }: HeadLimits): boolean {
    this.isInStartLine = parts.inStartLine;
    return parts.length > (parts.inStartLine ? Math.min(startLineBytes, headBytes) : headBytes);
  }
}
