import { BodyDecoder } from '../message/body-decoder.ts';
import type { Framing } from '../message/framing.ts';
import type { SocketIo } from '../socket/socket-io.ts';

const lastChunk = '0\r\n\r\n';

/**
 * Decodes a body and sends it on. A body that is sent in chunks is framed anew: each part that
 * arrives becomes one chunk (RFC 9112 section 7.1).
 */
export class BodyRelay extends BodyDecoder {
  #isSentInChunks = false;

  get isSentInChunks(): boolean {
    return this.#isSentInChunks;
  }

  begin(framing: Framing, isSentInChunks: boolean): void {
    this.#isSentInChunks = isSentInChunks;
    this.start(framing);
  }

  /** Sends `head`, which may be empty, and the payload that was last decoded, in one call. */
  send(io: SocketIo, head: string, bytes: Buffer): void {
    const size = this.payloadEnd - this.payloadStart;
    const ending = this.#isSentInChunks && this.isDone ? lastChunk : '';
    if (size === 0) {
      if (head !== '' || ending !== '') io.writeText(head + ending);
    } else if (this.#isSentInChunks) {
      io.writePayload(`${head}${size.toString(16)}\r\n`, bytes, this, `\r\n${ending}`);
    } else {
      io.writePayload(head, bytes, this, '');
    }
  }

  /**
   * Handles the end of the connection that the body came by.
   * @returns true if the body is complete; its end is sent then.
   */
  sendEnd(io: SocketIo): boolean {
    if (!this.endOfInput()) return false;
    if (this.#isSentInChunks) io.writeText(lastChunk);
    return true;
  }
}
