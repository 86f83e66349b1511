import { ChunkedDecoder } from './chunked-decoder.ts';
import { chunked, noBody, untilClose, type Framing } from './framing.ts';

/** Decodes one body after the other from a connection's bytes, according to its framing. */
export class BodyDecoder {
  /** Range of the payload of the last {@link decode} in the buffer that it got. */
  payloadStart = 0;
  payloadEnd = 0;
  isDone = true;
  #framing: Framing = noBody;
  #remaining = 0;
  /** Made for the first chunked body. */
  #chunks: ChunkedDecoder | undefined;

  start(framing: Framing): void {
    this.#framing = framing;
    this.#remaining = framing;
    this.isDone = framing === noBody;
    this.payloadStart = 0;
    this.payloadEnd = 0;
    if (framing === chunked) {
      this.#chunks ??= new ChunkedDecoder();
      this.#chunks.reset();
    }
  }

  /**
   * Decodes the part of the body that stands in [start, end). The payload of a chunked body is moved
   * together within `bytes`.
   * @returns the position after the part, or the reason why the body is malformed.
   */
  decode(bytes: Buffer, start: number, end: number): number | 'chunk' | 'trailer' {
    if (this.#framing === chunked && this.#chunks !== undefined) {
      const chunks = this.#chunks;
      const consumed = chunks.decode(bytes, start, end);
      this.payloadStart = chunks.payloadStart;
      this.payloadEnd = chunks.payloadEnd;
      this.isDone = chunks.isDone;
      return consumed;
    }
    this.payloadStart = start;
    if (this.#framing === untilClose) return (this.payloadEnd = end);
    this.payloadEnd = Math.min(end, start + this.#remaining);
    this.#remaining -= this.payloadEnd - start;
    this.isDone = this.#remaining === 0;
    return this.payloadEnd;
  }

  /** Handles the end of the connection. @returns true if the body is complete. */
  endOfInput(): boolean {
    this.payloadEnd = this.payloadStart;
    if (this.#framing === untilClose) this.isDone = true;
    return this.isDone;
  }
}
