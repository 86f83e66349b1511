import { byteClass, colon, cr, fieldByte, lf, space, tab, tokenByte } from './bytes.ts';
import { bit, FieldKind, type FieldKinds } from './field-kind.ts';
import type { RefusalCause } from './refusal.ts';

/**
 * Index of the parts of one message head in its bytes. Nothing is copied or made into a string until
 * it is asked for. The index is valid only until its next use, because all messages of a direction
 * share one.
 */
export class MessageHead {
  bytes: Buffer = Buffer.alloc(0);
  /** Positions of the start line and of the first field line. */
  start = 0;
  fieldsStart = 0;
  /** Position after the empty line that ends the head. */
  end = 0;
  fieldCount = 0;
  /** Set of the field kinds in the head, as {@link bit}s. */
  seen = 0;
  /** Cause of the refusal if {@link readFields} has returned `refused`. */
  refusal: RefusalCause = 'field-name';

  readonly kinds: Uint8Array;
  readonly nameStarts: Int32Array;
  readonly nameEnds: Int32Array;
  readonly valueStarts: Int32Array;
  readonly valueEnds: Int32Array;

  readonly #fieldKinds: FieldKinds;

  constructor(fieldKinds: FieldKinds, mostFields: number) {
    this.#fieldKinds = fieldKinds;
    this.kinds = new Uint8Array(mostFields);
    this.nameStarts = new Int32Array(mostFields + 1);
    this.nameEnds = new Int32Array(mostFields);
    this.valueStarts = new Int32Array(mostFields);
    this.valueEnds = new Int32Array(mostFields);
  }

  /**
   * Reads the field lines and the empty line after them from `bytes`, beginning at `at`
   * (RFC 9112 section 5). Sets {@link end} if they are complete.
   */
  readFields(bytes: Buffer, at: number, limit: number): 'complete' | 'incomplete' | 'refused' {
    this.fieldsStart = at;
    this.fieldCount = 0;
    this.seen = 0;
    let position = at;
    for (;;) {
      const first = bytes[position] ?? 0;
      if (position >= limit) return 'incomplete';
      if (first === cr) {
        if (position + 1 >= limit) return 'incomplete';
        if (bytes[position + 1] !== lf) return this.#refuse('bare-cr');
        this.nameStarts[this.fieldCount] = position;
        this.end = position + 2;
        return 'complete';
      }

      const nameStart = position;
      while (position < limit && ((byteClass[bytes[position] ?? 0] ?? 0) & tokenByte) !== 0) {
        position += 1;
      }
      if (position >= limit) return 'incomplete';
      const nameEnd = position;
      if (bytes[position] !== colon || nameEnd === nameStart) {
        return this.#refuse(whyNoName(bytes[position] ?? 0, nameEnd === nameStart));
      }
      position += 1;

      while (position < limit && (bytes[position] === space || bytes[position] === tab)) {
        position += 1;
      }
      const valueStart = position;
      while (position < limit && ((byteClass[bytes[position] ?? 0] ?? 0) & fieldByte) !== 0) {
        position += 1;
      }
      if (position >= limit) return 'incomplete';
      if (bytes[position] !== cr) {
        return this.#refuse(bytes[position] === lf ? 'bare-lf' : 'control-byte');
      }
      if (position + 1 >= limit) return 'incomplete';
      if (bytes[position + 1] !== lf) return this.#refuse('bare-cr');
      let valueEnd = position;
      while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] ?? 0)) valueEnd -= 1;
      position += 2;

      const index = this.fieldCount;
      if (index === this.kinds.length) return this.#refuse('head-too-large');
      const kind = this.#fieldKinds.kindOf(bytes, nameStart, nameEnd);
      this.kinds[index] = kind;
      this.nameStarts[index] = nameStart;
      this.nameEnds[index] = nameEnd;
      this.valueStarts[index] = valueStart;
      this.valueEnds[index] = valueEnd;
      this.seen |= 1 << kind;
      this.fieldCount = index + 1;
    }
  }

  has(kind: FieldKind): boolean {
    return (this.seen & bit(kind)) !== 0;
  }

  name(index: number): string {
    return this.text(this.nameStarts[index] ?? 0, this.nameEnds[index] ?? 0);
  }

  value(index: number): string {
    return this.text(this.valueStarts[index] ?? 0, this.valueEnds[index] ?? 0);
  }

  /** Reports whether a field has this name, in this spelling. */
  isName(index: number, latin1: string): boolean {
    return this.isText(this.nameStarts[index] ?? 0, this.nameEnds[index] ?? 0, latin1);
  }

  /** Reports whether a field has this value, without making a string of it. */
  isValue(index: number, latin1: string): boolean {
    return this.isText(this.valueStarts[index] ?? 0, this.valueEnds[index] ?? 0, latin1);
  }

  /** Returns the index of the only field of a kind; -1 if there is none, or more than one. */
  onlyIndexOf(kind: FieldKind): number {
    let only = -1;
    for (let index = 0; index < this.fieldCount; index += 1) {
      if (this.kinds[index] !== kind) continue;
      if (only >= 0) return -1;
      only = index;
    }
    return only;
  }

  /** Returns the values of all fields of a kind, in order, as one list (RFC 9110 section 5.3). */
  combined(kind: FieldKind): string | undefined {
    if (!this.has(kind)) return undefined;
    let list: string | undefined;
    for (let index = 0; index < this.fieldCount; index += 1) {
      if (this.kinds[index] !== kind) continue;
      list = list === undefined ? this.value(index) : `${list}, ${this.value(index)}`;
    }
    return list;
  }

  /** Marks every field of this name, in any case, as `nominated`. */
  nominate(lowerCaseName: string): void {
    for (let index = 0; index < this.fieldCount; index += 1) {
      if (this.isNamed(index, lowerCaseName)) this.kinds[index] = FieldKind.nominated;
    }
  }

  /** Reports whether there is a field of this name. */
  hasNamed(lowerCaseName: string): boolean {
    for (let index = 0; index < this.fieldCount; index += 1) {
      if (this.isNamed(index, lowerCaseName)) return true;
    }
    return false;
  }

  isNamed(index: number, lowerCaseName: string): boolean {
    const start = this.nameStarts[index] ?? 0;
    if ((this.nameEnds[index] ?? 0) - start !== lowerCaseName.length) return false;
    return this.name(index).toLowerCase() === lowerCaseName;
  }

  isText(start: number, end: number, latin1: string): boolean {
    if (end - start !== latin1.length) return false;
    for (let index = 0; index < latin1.length; index += 1) {
      if (this.bytes[start + index] !== latin1.charCodeAt(index)) return false;
    }
    return true;
  }

  text(start: number, end: number): string {
    return this.bytes.latin1Slice(start, end);
  }

  /**
   * Returns the text from `from` (the start line, or the first field) to the end of the fields,
   * without the fields whose kinds are in the set `dropped`, each as `name: value CRLF`. Adjacent
   * lines that have this form already are copied in one go.
   */
  textWithout(dropped: number, from: number): string {
    let text = '';
    let runStart = from;
    for (let index = 0; index < this.fieldCount; index += 1) {
      const lineStart = this.nameStarts[index] ?? 0;
      const lineEnd = this.nameStarts[index + 1] ?? 0;
      const isDropped = ((dropped >>> (this.kinds[index] ?? 0)) & 1) !== 0;
      if (!isDropped && this.#isCanonical(index, lineEnd)) continue;
      if (lineStart > runStart) text += this.text(runStart, lineStart);
      if (!isDropped) text += `${this.name(index)}: ${this.value(index)}\r\n`;
      runStart = lineEnd;
    }
    const fieldsEnd = this.end - 2;
    return fieldsEnd > runStart ? text + this.text(runStart, fieldsEnd) : text;
  }

  #isCanonical(index: number, lineEnd: number): boolean {
    const nameEnd = this.nameEnds[index] ?? 0;
    return (
      this.valueStarts[index] === nameEnd + 2 &&
      this.bytes[nameEnd + 1] === space &&
      this.valueEnds[index] === lineEnd - 2
    );
  }

  #refuse(cause: RefusalCause): 'refused' {
    this.refusal = cause;
    return 'refused';
  }
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}

function whyNoName(byte: number, atLineStart: boolean): RefusalCause {
  if (byte === lf) return 'bare-lf';
  if (atLineStart && isBlank(byte)) return 'obs-fold';
  return 'field-name';
}
