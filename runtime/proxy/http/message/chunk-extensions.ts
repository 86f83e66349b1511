import { isFieldByte, isTokenByte, semicolon, space, tab } from './bytes.ts';

const State = {
  /** Before a semicolon, after white space. */
  gap: 0,
  nameStart: 1,
  name: 2,
  nameEnd: 3,
  valueStart: 4,
  value: 5,
  quoted: 6,
  escaped: 7,
  quotedEnd: 8,
} as const;
type State = (typeof State)[keyof typeof State];

const equals = 0x3d;
const quote = 0x22;
const backslash = 0x5c;

/** Extensions mean nothing to a proxy; more than this with one chunk is an attack. */
const mostBytes = 4_096;

/** Checks the extensions of one chunk byte by byte (RFC 9112 section 7.1.1). */
export class ChunkExtensions {
  #state: State = State.gap;
  #bytes = 0;

  /** True if the line may end here. */
  get isComplete(): boolean {
    return (
      this.#state === State.name || this.#state === State.value || this.#state === State.quotedEnd
    );
  }

  /** Starts over right after the size of a chunk. */
  begin(): void {
    this.#state = State.gap;
    this.#bytes = 0;
  }

  /** Takes one byte. @returns false if it is not allowed there. */
  take(byte: number): boolean {
    this.#bytes += 1;
    const next = this.#after(byte);
    if (next === undefined || this.#bytes > mostBytes) return false;
    this.#state = next;
    return true;
  }

  #after(byte: number): State | undefined {
    const isBlank = byte === space || byte === tab;
    switch (this.#state) {
      case State.gap:
        if (isBlank) return State.gap;
        return byte === semicolon ? State.nameStart : undefined;
      case State.nameStart:
        if (isBlank) return State.nameStart;
        return isTokenByte(byte) ? State.name : undefined;
      case State.name:
        if (isTokenByte(byte)) return State.name;
        return afterName(byte, isBlank);
      case State.nameEnd:
        return afterName(byte, isBlank);
      case State.valueStart:
        if (isBlank) return State.valueStart;
        if (byte === quote) return State.quoted;
        return isTokenByte(byte) ? State.value : undefined;
      case State.value:
        if (isTokenByte(byte)) return State.value;
        return afterValue(byte, isBlank);
      case State.quoted:
        if (byte === quote) return State.quotedEnd;
        if (byte === backslash) return State.escaped;
        return isFieldByte(byte) ? State.quoted : undefined;
      case State.escaped:
        return isFieldByte(byte) ? State.quoted : undefined;
      case State.quotedEnd:
        return afterValue(byte, isBlank);
    }
  }
}

function afterName(byte: number, isBlank: boolean): State | undefined {
  if (byte === equals) return State.valueStart;
  if (byte === semicolon) return State.nameStart;
  return isBlank ? State.nameEnd : undefined;
}

function afterValue(byte: number, isBlank: boolean): State | undefined {
  if (byte === semicolon) return State.nameStart;
  return isBlank ? State.gap : undefined;
}
