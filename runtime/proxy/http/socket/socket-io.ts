import type { Socket, SocketConstructorOpts } from 'node:net';
import type { DuplexOptions } from 'node:stream';
import type { Upstream } from '../contract/handler.ts';
import { takeOver } from './accepted-socket.ts';
import { UpstreamSocket } from './upstream-socket.ts';
import { copyOfShared, giveReadBuffer, sharedReadBuffer, takeReadBuffer } from './read-buffers.ts';

/** What becomes of a socket, told to the one who uses it now. */
export interface SocketHandler {
  /** Bytes came: the first `length` of the buffer, which is used again after the call. */
  received(bytes: Buffer, length: number): void;
  /** The other side will send no more. */
  ended(): void;
  /** What was waiting to be sent has gone out, after {@link SocketIo.isBacklogged}. */
  drained(): void;
  /** The socket is gone, for whatever reason. Told once, and nothing after it. */
  closed(): void;
}

/** Message parts up to this size are sent as text, in one call with the head before them. */
const mostTextBytes = 8_192;

/**
 * From here on, a socket that takes no more stops its source. Not above the size of parts that are
 * sent as text: the others may stand in a buffer that is only free once they are sent.
 */
const highWaterMark = mostTextBytes;

/** A socket reduced to what an engine of messages needs. */
export class SocketIo {
  handler: SocketHandler;
  readonly socket: Socket;
  #isPaused = false;
  /** What the socket reads into now, and what when it has done so. */
  #readBuffer: Buffer = sharedReadBuffer;
  #nextReadBuffer: Buffer = sharedReadBuffer;
  /** Whether the message that is read now has filled the shared buffer. */
  #isMuchComing = false;
  /** Set while something is waiting to be sent and the source should stop. */
  #isBacklogged = false;
  #aheadLength = 0;

  private constructor(
    makeSocket: (options: SocketConstructorOpts) => Socket,
    handler: SocketHandler,
  ) {
    const options: SocketConstructorOpts & DuplexOptions = {
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
    this.handler = handler;
    this.socket = makeSocket(options);
    this.socket.on('end', () => this.handler.ended());
    this.socket.on('close', () => this.handler.closed());
    this.socket.on('drain', () => {
      if (!this.#isBacklogged) return;
      this.#isBacklogged = false;
      this.handler.drained();
    });
    // A close follows every error and says all that can be acted upon.
    this.socket.on('error', () => {});
  }

  /** The socket of a connection that was accepted with {@link acceptOptions}. */
  static accepted(accepted: Socket, handler: SocketHandler): SocketIo {
    return new SocketIo((options) => takeOver(accepted, options), handler);
  }

  /** A new connection to an upstream; `onConnect` is called when it stands. */
  static to({ host, port }: Upstream, handler: SocketHandler, onConnect: () => void): SocketIo {
    const io = new SocketIo((options) => new UpstreamSocket(options), handler);
    io.socket.setNoDelay(true).connect(port, host, onConnect);
    return io;
  }

  /** Whether the source of what is sent here should stop until {@link SocketHandler.drained}. */
  get isBacklogged(): boolean {
    return this.#isBacklogged;
  }

  /** How much of the next text was sent by {@link writeAhead}. */
  get aheadLength(): number {
    return this.#aheadLength;
  }

  /** Sends what the next text goes on with, before the rest of that text is known. */
  writeAhead(latin1: string): void {
    this.socket.write(latin1, 'latin1');
    this.#aheadLength += latin1.length;
  }

  writeText(latin1: string): void {
    const text = this.#aheadLength === 0 ? latin1 : this.#withoutAhead(latin1);
    if (!this.socket.write(text, 'latin1')) this.#noteBacklog();
  }

  /** Sends `text`, then the bytes [start, end), then `after`, at once if at all possible. */
  writeParts(text: string, bytes: Buffer, start: number, end: number, after: string): void {
    if (end - start <= mostTextBytes) {
      this.writeText(text + bytes.latin1Slice(start, end) + after);
      return;
    }
    const isShared = bytes === sharedReadBuffer;
    const lasting = isShared ? copyOfShared(start, end) : bytes;
    const { socket } = this;
    socket.cork();
    if (text !== '') this.writeText(text);
    const fits = socket.write(lasting.subarray(start, end));
    if (after !== '') socket.write(after, 'latin1');
    socket.uncork();
    if (isShared && !this.hasUnsent) giveReadBuffer(lasting);
    if (!fits) this.#noteBacklog();
  }

  /**
   * The message that was being read has ended. @param isSent whether all of it was sent on.
   */
  endRead(isSent: boolean): void {
    this.#isMuchComing = false;
    if (this.#nextReadBuffer === sharedReadBuffer) return;
    if (isSent) giveReadBuffer(this.#nextReadBuffer);
    this.#nextReadBuffer = sharedReadBuffer;
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.socket.resume();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether anything is waiting to be sent. */
  get hasUnsent(): boolean {
    return this.socket.writableLength > 0;
  }

  /** Sends what is waiting, then says that no more comes. */
  end(): void {
    this.socket.end();
  }

  /** Sends what is waiting, then closes without listening to the other side any more. */
  endAndClose(): void {
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Closes so that the other side cannot take it for an orderly end. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #prepareRead(): Buffer {
    this.#readBuffer = this.#nextReadBuffer;
    return this.#readBuffer;
  }

  #received(length: number): void {
    const buffer = this.#readBuffer;
    this.#isMuchComing = buffer === sharedReadBuffer && length === buffer.length;
    this.handler.received(buffer, length);
    // From now on it is read to where it can be sent from.
    if (this.#isMuchComing && !this.#isPaused) this.#nextReadBuffer = takeReadBuffer();
  }

  #withoutAhead(latin1: string): string {
    const text = latin1.slice(this.#aheadLength);
    this.#aheadLength = 0;
    return text;
  }

  /** A socket that had to take its bytes in parts tells so; what it took at once is forgotten. */
  #noteBacklog(): void {
    if (this.socket.writableLength > 0) this.#isBacklogged = true;
  }
}
