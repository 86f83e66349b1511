import { colon, cr, isFieldByte, isTokenByte, lf, semicolon, space, tab } from './bytes.ts';
import { ChunkExtensions } from './chunk-extensions.ts';

const State = {
  sizeStart: 0,
  size: 1,
  extension: 2,
  sizeLf: 3,
  data: 4,
  dataCr: 5,
  dataLf: 6,
  trailerStart: 7,
  trailerName: 8,
  trailerValue: 9,
  trailerLf: 10,
  endLf: 11,
  end: 12,
} as const;
type State = (typeof State)[keyof typeof State];

const mostSizeDigits = 16;
/** Trailers mean nothing to a proxy; more than this is an attack. */
const mostTrailerBytes = 16_384;

/**
 * Decoder of chunked bodies (RFC 9112 section 7.1), however their bytes are split. Extensions and
 * trailers are checked, limited and dropped.
 */
export class ChunkedDecoder {
  /** Range of the payload of the last call, which is moved together within the same buffer. */
  payloadStart = 0;
  payloadEnd = 0;
  #state: State = State.sizeStart;
  #digits = 0;
  /** Bytes of the chunk that are still to come. */
  #remaining = 0;
  readonly #extensions = new ChunkExtensions();
  #trailerBytes = 0;

  get isDone(): boolean {
    return this.#state === State.end;
  }

  reset(): void {
    this.#state = State.sizeStart;
    this.#trailerBytes = 0;
  }

  /** @returns the position after the last byte of the body, or the reason why it is malformed. */
  decode(bytes: Buffer, start: number, end: number): number | 'chunk' | 'trailer' {
    this.payloadStart = start;
    this.payloadEnd = start;
    let position = start;
    while (position < end && this.#state !== State.end) {
      if (this.#state === State.data) {
        position = this.#takeData(bytes, position, end);
        continue;
      }
      if (!this.#step(bytes[position] ?? 0)) {
        return this.#state < State.trailerStart ? 'chunk' : 'trailer';
      }
      position += 1;
    }
    return position;
  }

  #takeData(bytes: Buffer, position: number, end: number): number {
    const taken = Math.min(this.#remaining, end - position);
    if (this.payloadEnd === this.payloadStart) this.payloadStart = this.payloadEnd = position;
    if (this.payloadEnd !== position) {
      bytes.copyWithin(this.payloadEnd, position, position + taken);
    }
    this.payloadEnd += taken;
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = State.dataCr;
    return position + taken;
  }

  /** Takes one byte outside of chunk data. @returns false if the byte is not allowed there. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case State.sizeStart:
        this.#digits = 0;
        this.#remaining = 0;
        this.#state = State.size;
        return this.#takeSizeDigit(byte);
      case State.size:
        if (byte === cr) return this.#enter(State.sizeLf);
        if (byte === semicolon || byte === space || byte === tab) {
          this.#extensions.begin();
          this.#state = State.extension;
          return this.#extensions.take(byte);
        }
        return this.#takeSizeDigit(byte);
      case State.extension:
        if (byte !== cr) return this.#extensions.take(byte);
        return this.#extensions.isComplete && this.#enter(State.sizeLf);
      case State.sizeLf:
        return byte === lf && this.#enter(this.#remaining > 0 ? State.data : State.trailerStart);
      case State.dataCr:
        return byte === cr && this.#enter(State.dataLf);
      case State.dataLf:
        return byte === lf && this.#enter(State.sizeStart);
      case State.trailerStart:
        if (byte === cr) return this.#enter(State.endLf);
        return this.#enter(State.trailerName) && this.#takeTrailerByte(isTokenByte(byte));
      case State.trailerName:
        if (byte === colon) this.#state = State.trailerValue;
        return this.#takeTrailerByte(byte === colon || isTokenByte(byte));
      case State.trailerValue:
        if (byte === cr) return this.#enter(State.trailerLf);
        return this.#takeTrailerByte(isFieldByte(byte));
      case State.trailerLf:
        return byte === lf && this.#enter(State.trailerStart);
      case State.endLf:
        return byte === lf && this.#enter(State.end);
      case State.data:
      case State.end:
        return false;
    }
  }

  #enter(state: State): true {
    this.#state = state;
    return true;
  }

  #takeSizeDigit(byte: number): boolean {
    const digit = hexDigit(byte);
    this.#digits += 1;
    this.#remaining = this.#remaining * 16 + digit;
    return digit >= 0 && this.#digits <= mostSizeDigits && Number.isSafeInteger(this.#remaining);
  }

  #takeTrailerByte(allowed: boolean): boolean {
    this.#trailerBytes += 1;
    return allowed && this.#trailerBytes <= mostTrailerBytes;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
