import type { PayloadRange, SocketIo } from '../socket/socket-io.ts';

const lastChunk = '0\r\n\r\n';

/** Part of a body whose payload stands in a buffer. */
export interface BodyPart extends PayloadRange {
  /** True if it is the last one. */
  readonly isDone: boolean;
}

/**
 * Sends a body on over HTTP/1.1. A body that is sent in chunks is framed anew: each part that
 * arrives becomes one chunk (RFC 9112 section 7.1).
 */
export class BodyWriter {
  #isSentInChunks = false;

  get isSentInChunks(): boolean {
    return this.#isSentInChunks;
  }

  begin(isSentInChunks: boolean): void {
    this.#isSentInChunks = isSentInChunks;
  }

  /** Sends `head`, which may be empty, and a part whose payload stands in `bytes`, in one call. */
  send(io: SocketIo, head: string, bytes: Buffer, part: BodyPart): void {
    const size = part.payloadEnd - part.payloadStart;
    const ending = this.#isSentInChunks && part.isDone ? lastChunk : '';
    if (size === 0) {
      if (head !== '' || ending !== '') io.writeText(head + ending);
    } else if (this.#isSentInChunks) {
      io.writePayload(`${head}${size.toString(16)}\r\n`, bytes, part, `\r\n${ending}`);
    } else {
      io.writePayload(head, bytes, part, '');
    }
  }
}
