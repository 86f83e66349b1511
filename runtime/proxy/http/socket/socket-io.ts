import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import type { DuplexOptions } from 'node:stream';
import type { Upstream } from '../contract/handler.ts';
import type { TcpHandle } from './accepted-socket.ts';
import { SecureSocket } from './secure-socket.ts';
import { isOwnFault } from './own-fault.ts';
import { UpstreamSocket } from './upstream-socket.ts';
import { copyOfShared, giveReadBuffer, sharedReadBuffer, takeReadBuffer } from './read-buffers.ts';

/** Handles the events of a socket. */
export interface SocketHandler {
  /** Bytes arrived: the first `length` of a buffer that is reused after the call. */
  received(bytes: Buffer, length: number): void;
  /** The other side sends nothing more. */
  ended(): void;
  /** The bytes that made {@link SocketIo.isBacklogged} true were sent. */
  drained(): void;
  /** The socket is closed, for whatever reason. Called once, and nothing is called after it. */
  closed(): void;
}

/** Connection of a client: one that was accepted, or one whose handshake of TLS is done. */
export type ReadyConnection = TcpHandle | SecureSocket;

/** Range of a buffer that holds the payload of a part of a body. */
export interface PayloadRange {
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

/** Message parts up to this size are sent as text, in one call with the head before them. */
const mostTextBytes = 8_192;

/**
 * Unsent bytes from which on a socket stops its source. Not above the size of parts that are sent
 * as text: other parts may stand in a buffer that is only free once they are sent.
 */
export const highWaterMark = mostTextBytes;

/**
 * Handler of a socket that is closed. Node keeps closures of a stream in V8's old memory, so that a
 * closed socket lives on until the next full collection; what handled its events need not.
 */
const nobody: SocketHandler = {
  received: () => {},
  ended: () => {},
  drained: () => {},
  closed: () => {},
};

/** Socket reduced to what the HTTP engine needs. */
export class SocketIo {
  #handler: SocketHandler;
  readonly #socket: Socket;
  #isPaused = false;
  /** Buffers that the socket reads into now, and from the next read on. */
  #readBuffer: Buffer = sharedReadBuffer;
  #nextReadBuffer: Buffer = sharedReadBuffer;
  /** True if the message that is being read has filled the shared buffer. */
  #isMuchComing = false;
  /** True while bytes wait to be sent and the source should stop. */
  #isBacklogged = false;
  #aheadLength = 0;
  #error: Error | undefined;

  private constructor(
    makeSocket: (
      options: SocketConstructorOpts & DuplexOptions & { readonly onread: OnReadOpts },
    ) => Socket,
    handler: SocketHandler,
  ) {
    const options = {
      allowHalfOpen: true,
      writableHighWaterMark: highWaterMark,
      onread: {
        buffer: () => this.#prepareRead(),
        callback: (length: number) => {
          this.#received(length);
          return true;
        },
      },
    };
    this.#handler = handler;
    this.#socket = makeSocket(options);
    this.#socket.on('end', () => this.#handler.ended());
    this.#socket.on('close', () => {
      this.#handler.closed();
      this.#handler = nobody;
    });
    this.#socket.on('drain', () => {
      if (!this.#isBacklogged) return;
      this.#isBacklogged = false;
      this.#handler.drained();
    });
    // A close follows every error.
    this.#socket.on('error', (error) => (this.#error = error));
  }

  /** Wraps the connection of a client. */
  static accepted(accepted: ReadyConnection, handler: SocketHandler): SocketIo {
    return new SocketIo((options) => {
      if (accepted instanceof SecureSocket) return accepted.readBy(options.onread);
      return new Socket({ ...options, handle: accepted });
    }, handler);
  }

  /**
   * Connects to an upstream.
   * @param events `onConnect` is called once the connection can be written to, `onClose` at its end,
   *   whichever handler it has by then.
   */
  static to(
    { host, port }: Upstream,
    handler: SocketHandler,
    events: { readonly onConnect: () => void; readonly onClose: () => void },
  ): SocketIo {
    const io = new SocketIo((options) => new UpstreamSocket(options), handler);
    io.#socket.once('close', events.onClose);
    io.#socket.setNoDelay(true).connect(port, host, events.onConnect);
    return io;
  }

  /** Hands the socket's events to another handler from now on. */
  handTo(handler: SocketHandler): void {
    this.#handler = handler;
  }

  /** True if the source of what is sent here should stop until {@link SocketHandler.drained}. */
  get isBacklogged(): boolean {
    return this.#isBacklogged;
  }

  /** Characters of the next text that {@link writeAhead} has sent already. */
  get aheadLength(): number {
    return this.#aheadLength;
  }

  /** Sends the next characters of a text before the rest of that text is known. */
  writeAhead(latin1: string): void {
    this.#socket.write(latin1, 'latin1');
    this.#aheadLength += latin1.length;
  }

  writeText(latin1: string): void {
    const text = this.#aheadLength === 0 ? latin1 : this.#withoutAhead(latin1);
    if (!this.#socket.write(text, 'latin1')) this.#noteBacklog();
  }

  /** Sends the first `length` bytes of a buffer, which is given back once they were sent. */
  writeOwn(buffer: Buffer, length: number, giveBack: (buffer: Buffer) => void): void {
    const isSent = this.#socket.write(buffer.subarray(0, length), () => giveBack(buffer));
    if (!isSent) this.#noteBacklog();
  }

  /** Sends the bytes [start, end). */
  writeBytes(bytes: Buffer, start: number, end: number): void {
    if (end - start <= mostTextBytes) this.writeText(bytes.latin1Slice(start, end));
    else this.#writeLarge('', bytes, { payloadStart: start, payloadEnd: end }, '');
  }

  /** Sends `before`, then a payload that stands in `bytes`, then `after`, in one call if possible. */
  writePayload(before: string, bytes: Buffer, payload: PayloadRange, after: string): void {
    const { payloadStart, payloadEnd } = payload;
    if (payloadEnd - payloadStart <= mostTextBytes) {
      this.writeText(before + bytes.latin1Slice(payloadStart, payloadEnd) + after);
    } else {
      this.#writeLarge(before, bytes, payload, after);
    }
  }

  /** Ends the message that was being read. @param isSent true if all of it was sent on. */
  endRead(isSent: boolean): void {
    this.#isMuchComing = false;
    if (this.#nextReadBuffer === sharedReadBuffer) return;
    if (isSent) giveReadBuffer(this.#nextReadBuffer);
    this.#nextReadBuffer = sharedReadBuffer;
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** True if it was closed by a fault of this machine, not of the other side. */
  get hasOwnFault(): boolean {
    return isOwnFault(this.#error);
  }

  /** True if buffers that were given to it are still in use. */
  get usesBuffers(): boolean {
    return !(this.#socket instanceof SecureSocket) && this.hasUnsent;
  }

  /** True if bytes wait to be sent. */
  get hasUnsent(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** Bytes that wait to be sent. */
  get unsentLength(): number {
    return this.#socket.writableLength;
  }

  /** Sends what is waiting, then ends this side of the connection. */
  end(): void {
    this.#socket.end();
  }

  /** Sends what is waiting, then closes without waiting for the other side. */
  endAndClose(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes so that the other side cannot take it for an orderly end. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #prepareRead(): Buffer {
    this.#readBuffer = this.#nextReadBuffer;
    return this.#readBuffer;
  }

  #received(length: number): void {
    const buffer = this.#readBuffer;
    this.#isMuchComing = buffer === sharedReadBuffer && length === buffer.length;
    this.#handler.received(buffer, length);
    // The next reads go to a buffer that the bytes can be sent from without a copy.
    if (this.#isMuchComing && !this.#isPaused) this.#nextReadBuffer = takeReadBuffer();
  }

  #writeLarge(before: string, bytes: Buffer, payload: PayloadRange, after: string): void {
    const { payloadStart, payloadEnd } = payload;
    if (this.#socket instanceof SecureSocket) {
      this.#writeLargeSecurely(before, bytes, payload, after);
      return;
    }
    const isShared = bytes === sharedReadBuffer;
    const lasting = isShared ? copyOfShared(payloadStart, payloadEnd) : bytes;
    const socket = this.#socket;
    socket.cork();
    if (before !== '') this.writeText(before);
    const fits = socket.write(lasting.subarray(payloadStart, payloadEnd));
    if (after !== '') socket.write(after, 'latin1');
    socket.uncork();
    if (isShared && !this.hasUnsent) giveReadBuffer(lasting);
    if (!fits) this.#noteBacklog();
  }

  /**
   * TLS encrypts what it is given at once, so that the bytes are free afterwards, unless an earlier
   * write has not ended: it ends in a later turn of the event loop, even if it could be sent.
   */
  #writeLargeSecurely(before: string, bytes: Buffer, payload: PayloadRange, after: string): void {
    const { payloadStart, payloadEnd } = payload;
    const socket = this.#socket;
    if (before === '' && after === '' && socket.writableLength === 0) {
      if (!socket.write(bytes.subarray(payloadStart, payloadEnd))) this.#noteBacklog();
      return;
    }
    // All large payloads stand in a read buffer, so they fit into another one.
    const lasting = takeReadBuffer();
    bytes.copy(lasting, 0, payloadStart, payloadEnd);
    socket.cork();
    if (before !== '') this.writeText(before);
    const part = lasting.subarray(0, payloadEnd - payloadStart);
    const fits = socket.write(part, () => giveReadBuffer(lasting));
    if (after !== '') socket.write(after, 'latin1');
    socket.uncork();
    if (!fits) this.#noteBacklog();
  }

  #withoutAhead(latin1: string): string {
    const text = latin1.slice(this.#aheadLength);
    this.#aheadLength = 0;
    return text;
  }

  /** Notes a backlog unless the socket has taken everything in the meantime. */
  #noteBacklog(): void {
    if (this.#socket.writableLength > 0) this.#isBacklogged = true;
  }
}
