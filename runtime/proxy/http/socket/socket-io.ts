import type { Upstream } from '../contract/handler.ts';
import type { ByteStream, ByteStreamOwner } from './byte-stream.ts';
import { isOwnFault } from './own-fault.ts';
import { copyOfShared, giveReadBuffer, sharedReadBuffer, takeReadBuffer } from './read-buffers.ts';
import { SecureSocket } from './secure-socket.ts';
import { SecureStream } from './secure-stream.ts';
import type { TcpHandle } from './tcp-handle.ts';
import { TcpStream } from './tcp-stream.ts';

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
const highWaterMark = mostTextBytes;

/**
 * Handles the events of a socket that is closed. Node keeps closures of a socket of TLS in V8's old
 * memory, so that a closed one lives on until the next full collection; what handled its events need
 * not.
 */
export const nobody: SocketHandler = {
  received: () => {},
  ended: () => {},
  drained: () => {},
  closed: () => {},
};

/** Connection reduced to what the HTTP engine needs. */
export class SocketIo implements ByteStreamOwner {
  #handler: SocketHandler;
  readonly #stream: ByteStream;
  readonly #onClose: (() => void) | undefined;
  #isPaused = false;
  /** Buffers that the socket reads into now, and from the next read on. */
  #readBuffer: Buffer = sharedReadBuffer;
  #nextReadBuffer: Buffer = sharedReadBuffer;
  /** True if the message that is being read has filled the shared buffer. */
  #isMuchComing = false;
  /** True while bytes wait to be sent and the source should stop. */
  #isBacklogged = false;
  #aheadLength = 0;
  #error: NodeJS.ErrnoException | undefined;

  private constructor(
    makeStream: (owner: ByteStreamOwner) => ByteStream,
    handler: SocketHandler,
    onClose?: () => void,
  ) {
    this.#handler = handler;
    this.#onClose = onClose;
    this.#stream = makeStream(this);
  }

  /** Wraps the connection of a client. */
  static accepted(accepted: ReadyConnection, handler: SocketHandler): SocketIo {
    return new SocketIo(
      (owner) =>
        accepted instanceof SecureSocket
          ? new SecureStream(accepted, owner)
          : TcpStream.accepted(accepted, owner),
      handler,
    );
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
    return new SocketIo(
      (owner) => TcpStream.to({ host, port }, owner, events.onConnect),
      handler,
      events.onClose,
    );
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
    this.#stream.writeText(latin1);
    this.#aheadLength += latin1.length;
  }

  writeText(latin1: string): void {
    this.#stream.writeText(this.#aheadLength === 0 ? latin1 : this.#withoutAhead(latin1));
    this.#noteBacklog();
  }

  /** Sends the first `length` bytes of a buffer, which is given back once they were sent. */
  writeOwn(buffer: Buffer, length: number, giveBack: (buffer: Buffer) => void): void {
    this.#stream.writeBuffer(buffer.subarray(0, length), () => giveBack(buffer));
    this.#noteBacklog();
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
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#stream.resume();
  }

  /** True if it was closed by a fault of this machine, not of the other side. */
  get hasOwnFault(): boolean {
    return isOwnFault(this.#error);
  }

  /** True if buffers that were given to it are still in use. */
  get usesBuffers(): boolean {
    return !this.#stream.isSecure && this.hasUnsent;
  }

  /** True if bytes wait to be sent. */
  get hasUnsent(): boolean {
    return this.#stream.unsentLength > 0;
  }

  /** Bytes that wait to be sent. */
  get unsentLength(): number {
    return this.#stream.unsentLength;
  }

  /** Sends what is waiting, then ends this side of the connection. */
  end(): void {
    this.#stream.end();
  }

  /** Sends what is waiting, then closes without waiting for the other side. */
  endAndClose(): void {
    this.#stream.endAndClose();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  /** Closes so that the other side cannot take it for an orderly end. */
  reset(): void {
    this.#stream.reset();
  }

  received(length: number): Buffer | undefined {
    const buffer = this.#readBuffer;
    this.#isMuchComing = buffer === sharedReadBuffer && length === buffer.length;
    this.#handler.received(buffer, length);
    // The next reads go to a buffer that the bytes can be sent from without a copy.
    if (this.#isMuchComing && !this.#isPaused) this.#nextReadBuffer = takeReadBuffer();
    if (this.#nextReadBuffer === buffer) return undefined;
    this.#readBuffer = this.#nextReadBuffer;
    return this.#readBuffer;
  }

  ended(): void {
    this.#handler.ended();
  }

  drained(): void {
    if (!this.#isBacklogged) return;
    this.#isBacklogged = false;
    this.#handler.drained();
  }

  closed(error: NodeJS.ErrnoException | undefined): void {
    this.#error = error;
    this.#handler.closed();
    this.#handler = nobody;
    this.#onClose?.();
  }

  #writeLarge(before: string, bytes: Buffer, payload: PayloadRange, after: string): void {
    const { payloadStart, payloadEnd } = payload;
    const isCopied = bytes === sharedReadBuffer && !this.#stream.isSecure;
    const lasting = isCopied ? copyOfShared(payloadStart, payloadEnd) : bytes;
    this.#stream.writeParts(before, lasting.subarray(payloadStart, payloadEnd), after);
    if (isCopied && !this.hasUnsent) giveReadBuffer(lasting);
    this.#noteBacklog();
  }

  #withoutAhead(latin1: string): string {
    const text = latin1.slice(this.#aheadLength);
    this.#aheadLength = 0;
    return text;
  }

  #noteBacklog(): void {
    if (this.#stream.unsentLength >= highWaterMark) this.#isBacklogged = true;
  }
}
