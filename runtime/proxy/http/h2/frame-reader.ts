import {
  ConnectionError,
  FrameFlag,
  frameHeadBytes,
  FrameType,
  Http2Code,
  leastMaxFrameBytes,
} from './frames.ts';

/** Start of every connection of a client (RFC 9113 section 3.4). */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Takes the frames of a connection. Each call may throw a {@link ConnectionError}. */
export interface FrameHandler {
  /** A frame other than DATA, whose payload stands in [start, end) of a buffer that is reused. */
  frame(head: FrameHead, bytes: Buffer, start: number, end: number): void;
  /** The head of a DATA frame. */
  dataBegins(head: FrameHead): void;
  /** A part of the data in it, without its padding. */
  data(bytes: Buffer, start: number, end: number): void;
  /** All of a DATA frame has come. */
  dataEnds(): void;
}

export interface FrameHead {
  /** Bytes of the payload. */
  length: number;
  type: number;
  flags: number;
  streamId: number;
}

/**
 * Splits the bytes of a connection into frames, however they arrive. A frame that stands in one piece is
 * read where it stands, and DATA is handed on as it comes.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #head: FrameHead = { length: 0, type: 0, flags: 0, streamId: 0 };
  /** Bytes of the preface that have come. */
  #prefaceBytes = 0;
  #hasSettings = false;
  #frames = 0;
  /** Head that has come in part. */
  readonly #partialHead = Buffer.alloc(frameHeadBytes);
  #partialHeadBytes = 0;
  /** Payload that has come in part. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  /** True while the payload of a DATA frame comes. */
  #isInData = false;
  /** True if the length of its padding comes next. */
  #awaitsPadding = false;
  #dataLeft = 0;
  #paddingLeft = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** True if a frame other than DATA has come in part, or the head of any. */
  get isInFrame(): boolean {
    return this.#partialHeadBytes > 0 || this.#partial !== undefined;
  }

  /** Number of frames whose heads have come. */
  get frames(): number {
    return this.#frames;
  }

  /** Takes the first `length` bytes. @throws ConnectionError if they break a rule. */
  read(bytes: Buffer, length: number): void {
    let position = this.#readPreface(bytes, length);
    while (position < length) {
      if (this.#isInData) position = this.#readData(bytes, position, length);
      else if (this.#partial !== undefined) {
        position = this.#readOn(this.#partial, bytes, position, length);
      } else position = this.#readFrame(bytes, position, length);
    }
    if (this.#isInData) this.#endData();
  }

  #readPreface(bytes: Buffer, length: number): number {
    let position = 0;
    while (this.#prefaceBytes < preface.length && position < length) {
      if (bytes[position] !== preface[this.#prefaceBytes]) {
        throw new ConnectionError(Http2Code.protocolError);
      }
      position += 1;
      this.#prefaceBytes += 1;
    }
    return position;
  }

  /** Reads a frame as far as it is there. @returns the position after it. */
  #readFrame(bytes: Buffer, start: number, end: number): number {
    const position = this.#readHead(bytes, start, end);
    if (position === -1) return end;
    const head = this.#head;
    this.#check(head);
    if (head.type === FrameType.data) {
      this.#beginData(head);
      return position;
    }
    const frameEnd = position + head.length;
    if (frameEnd <= end) {
      this.#handler.frame(head, bytes, position, frameEnd);
      return frameEnd;
    }
    this.#partial = Buffer.allocUnsafe(head.length);
    this.#partialBytes = bytes.copy(this.#partial, 0, position, end);
    return end;
  }

  /** @returns the position after the head; -1 if it is not whole. */
  #readHead(bytes: Buffer, start: number, end: number): number {
    if (this.#partialHeadBytes === 0 && end - start >= frameHeadBytes) {
      this.#parseHead(bytes, start);
      return start + frameHeadBytes;
    }
    const position = Math.min(end, start + frameHeadBytes - this.#partialHeadBytes);
    bytes.copy(this.#partialHead, this.#partialHeadBytes, start, position);
    this.#partialHeadBytes += position - start;
    if (this.#partialHeadBytes < frameHeadBytes) return -1;
    this.#partialHeadBytes = 0;
    this.#parseHead(this.#partialHead, 0);
    return position;
  }

  #parseHead(bytes: Buffer, at: number): void {
    const head = this.#head;
    head.length = uint24(bytes, at);
    head.type = bytes[at + 3] ?? 0;
    head.flags = bytes[at + 4] ?? 0;
    head.streamId = ((bytes[at + 5] ?? 0) & 0x7f) * 0x100_0000 + uint24(bytes, at + 6);
  }

  #check({ length, type }: FrameHead): void {
    if (length > leastMaxFrameBytes) throw new ConnectionError(Http2Code.frameSizeError);
    if (!this.#hasSettings && type !== FrameType.settings) {
      throw new ConnectionError(Http2Code.protocolError);
    }
    this.#hasSettings = true;
    this.#frames += 1;
  }

  /** Reads on in the payload of a frame that began in an earlier part. */
  #readOn(partial: Buffer, bytes: Buffer, start: number, end: number): number {
    const copied = bytes.copy(partial, this.#partialBytes, start, end);
    this.#partialBytes += copied;
    if (this.#partialBytes === partial.length) {
      this.#partial = undefined;
      this.#handler.frame(this.#head, partial, 0, partial.length);
    }
    return start + copied;
  }

  #beginData(head: FrameHead): void {
    this.#isInData = true;
    this.#awaitsPadding = (head.flags & FrameFlag.padded) !== 0;
    this.#dataLeft = head.length;
    this.#paddingLeft = 0;
    this.#handler.dataBegins(head);
    if (this.#awaitsPadding && head.length === 0) {
      throw new ConnectionError(Http2Code.frameSizeError);
    }
  }

  #readData(bytes: Buffer, start: number, end: number): number {
    let position = start;
    if (this.#awaitsPadding) {
      this.#awaitsPadding = false;
      this.#paddingLeft = bytes[position] ?? 0;
      position += 1;
      this.#dataLeft -= 1 + this.#paddingLeft;
      if (this.#dataLeft < 0) throw new ConnectionError(Http2Code.protocolError);
    }
    const dataEnd = Math.min(end, position + this.#dataLeft);
    if (dataEnd > position) {
      this.#dataLeft -= dataEnd - position;
      this.#handler.data(bytes, position, dataEnd);
      position = dataEnd;
    }
    const padding = Math.min(end - position, this.#paddingLeft);
    this.#paddingLeft -= padding;
    this.#endData();
    return position + padding;
  }

  #endData(): void {
    if (this.#dataLeft > 0 || this.#paddingLeft > 0 || this.#awaitsPadding) return;
    this.#isInData = false;
    this.#handler.dataEnds();
  }
}

function uint24(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
