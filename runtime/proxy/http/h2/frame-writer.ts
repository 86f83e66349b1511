import { BufferPool } from '../socket/buffer-pool.ts';
import type { SocketIo } from '../socket/socket-io.ts';
import { defaultWindow, FrameFlag, frameHead, FrameType, leastMaxFrameBytes } from './frames.ts';
import { FieldEncoder } from './hpack/field-encoder.ts';

/** Characters of small frames that are collected in a turn before they are sent. */
const mostCollected = 16_384;
/** Bytes of a body up to which a frame counts as small. */
const smallData = 8_192;
/** Bytes of large frames that leave in one write: a whole buffer of an upstream, in two frames. */
const largeWrite = 32_768;
/** Buffers of one write: small frames, then a whole buffer of an upstream in two frames. */
const frameBuffers = new BufferPool(53_248);

/** Response that waits until more of it can be sent. */
export interface WaitingResponse {
  /** Sends what can be sent now. */
  proceed(): void;
  /** Notes that others before it have proceeded. */
  queueMoves(): void;
}

/** Body bytes [start, end) of a buffer. */
interface BodyRange {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * Sends the frames of one connection. Those of one turn of the event loop leave in one write, and over
 * TLS in one record.
 */
export class FrameWriter {
  /** Bytes of bodies that the client takes on all streams (RFC 9113 section 5.2). */
  window = defaultWindow;
  /** Bytes that it takes on each new stream. */
  initialWindow = defaultWindow;
  readonly encoder = new FieldEncoder();
  readonly #io: SocketIo;
  readonly #onPending: () => void;
  readonly #waiting = new Set<WaitingResponse>();
  /** Frames that wait: the large ones and those before them, then small ones. */
  #large: Buffer | undefined;
  #largeLength = 0;
  #collected = '';
  #hasEnded = false;

  /** @param onPending called when frames wait for {@link flush}. */
  constructor(io: SocketIo, onPending: () => void) {
    this.#io = io;
    this.#onPending = onPending;
  }

  /** True if bodies should wait until the client has read what was sent. */
  get isBacklogged(): boolean {
    return this.#io.isBacklogged;
  }

  /** Sends a frame. */
  send(frame: string): void {
    if (this.#hasEnded) return;
    if (!this.#isPending) this.#onPending();
    this.#collected += frame;
    if (this.#collected.length >= mostCollected) this.flush();
  }

  /** Sends a head. @param fields name, value, name, value. */
  sendHead(streamId: number, fields: readonly string[], isEnd: boolean): void {
    const block = this.encoder.encode(fields);
    const end = isEnd ? FrameFlag.endStream : 0;
    if (block.length <= leastMaxFrameBytes) {
      const flags = end | FrameFlag.endHeaders;
      this.send(frameHead(block.length, FrameType.headers, flags, streamId) + block);
      return;
    }
    for (let at = 0; at < block.length; at += leastMaxFrameBytes) {
      const part = block.slice(at, at + leastMaxFrameBytes);
      const isLast = at + leastMaxFrameBytes >= block.length;
      const flags = (at === 0 ? end : 0) | (isLast ? FrameFlag.endHeaders : 0);
      const type = at === 0 ? FrameType.headers : FrameType.continuation;
      this.send(frameHead(part.length, type, flags, streamId) + part);
    }
  }

  /** Sends a part of a body that the windows allow, in one frame. */
  sendData(streamId: number, { bytes, start, end }: BodyRange, isEnd: boolean): void {
    if (this.#hasEnded) return;
    const flags = isEnd ? FrameFlag.endStream : 0;
    const head = frameHead(end - start, FrameType.data, flags, streamId);
    this.window -= end - start;
    if (end - start <= smallData) {
      this.send(head + bytes.latin1Slice(start, end));
      return;
    }
    if (!this.#isPending) this.#onPending();
    this.#collected += head;
    const large = this.#largeWithRoom(end - start);
    this.#largeLength += bytes.copy(large, this.#largeLength, start, end);
    if (this.#largeLength >= largeWrite) this.flush();
  }

  /** Sends what was collected, and nothing more. */
  end(): void {
    this.flush();
    this.#hasEnded = true;
  }

  /** Sends the frames that were collected. */
  flush(): void {
    const text = this.#collected;
    const large = this.#large;
    const length = this.#largeLength;
    this.#collected = '';
    this.#large = undefined;
    this.#largeLength = 0;
    if (large !== undefined) this.#io.writeOwn(large, length, frameBuffers.give);
    if (text !== '') this.#io.writeText(text);
  }

  get #isPending(): boolean {
    return this.#large !== undefined || this.#collected !== '';
  }

  /** Returns the buffer of large frames, with what was collected and room for `bytes` more. */
  #largeWithRoom(bytes: number): Buffer {
    const text = this.#collected;
    this.#collected = '';
    if (this.#largeLength + text.length + bytes > frameBuffers.bytes) this.flush();
    const large = (this.#large ??= frameBuffers.take());
    this.#largeLength += large.latin1Write(text, this.#largeLength, text.length);
    return large;
  }

  /** Lets a response proceed once more can be sent. */
  wait(response: WaitingResponse): void {
    this.#waiting.add(response);
  }

  forget(response: WaitingResponse): void {
    this.#waiting.delete(response);
  }

  /** Notes that the client has read what was sent, or allows more. */
  proceed(): void {
    for (const response of this.#waiting) {
      if (!this.#io.isBacklogged) response.proceed();
      if (this.#waiting.has(response)) response.queueMoves();
    }
  }
}
