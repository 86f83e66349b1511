/** Text whose characters are looked at one by one; a string is one. */
export interface CharCodes {
  readonly length: number;
  charCodeAt(index: number): number;
}

/** Part of a buffer as text of latin1, of which no string is made. */
export class ByteText implements CharCodes {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Stands for the bytes [start, end) from now on. */
  set(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  text(): string {
    return this.#bytes.latin1Slice(this.#start, this.#end);
  }

  charCodeAt(index: number): number {
    return this.#bytes[this.#start + index] ?? 0;
  }
}

export function beginsWith(text: CharCodes, beginning: string): boolean {
  if (text.length < beginning.length) return false;
  for (let index = 0; index < beginning.length; index += 1) {
    if (text.charCodeAt(index) !== beginning.charCodeAt(index)) return false;
  }
  return true;
}
