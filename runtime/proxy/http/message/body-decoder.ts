import { ChunkedDecoder } from './chunked-decoder.ts';
import { chunked, noBody, untilClose, type Framing } from './framing.ts';

/** Takes one body after the other out of a connection's bytes, by its framing. */
export class BodyDecoder {
  /** Where the payload of the last {@link decode} stands in the buffer that it was given. */
  payloadStart = 0;
  payloadEnd = 0;
  isDone = true;
  #framing: Framing = noBody;
  #remaining = 0;
  /** Made when the first chunked body comes. */
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
   * Takes what belongs to the body out of [start, end). The payload of a chunked one is moved
   * together within `bytes`.
   * @returns the position after it, or why the body is broken.
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

  /** Takes the end of the connection; whether the body is whole with it. */
  endOfInput(): boolean {
    if (this.#framing === untilClose) this.isDone = true;
    return this.isDone;
  }
}
