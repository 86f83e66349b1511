import type { ByteStream, ByteStreamOwner } from './byte-stream.ts';
import { sharedReadBuffer } from './read-buffers.ts';
import { connectTcp } from './tcp-connect.ts';
import {
  endOfStream,
  failureOf,
  isLastWriteWaiting,
  lastReadLength,
  lastWriteLength,
  ShutdownWrap,
  WriteWrap,
  type TcpHandle,
} from './tcp-handle.ts';

const streamOf = Symbol('stream');

type OwnedHandle = TcpHandle & { [streamOf]?: TcpStream | undefined };

const nothing = (): void => {};

// One function for all connections: each is called on its handle.
function onread(this: OwnedHandle): Buffer | undefined {
  return this[streamOf]?.read(lastReadLength());
}

function onclose(this: OwnedHandle): void {
  const stream = this[streamOf];
  this[streamOf] = undefined;
  stream?.closed();
}

/** Request of the next write. Nearly all writes end at once, and leave it as it was. */
let nextRequest = new WriteWrap();

/**
 * TCP connection on Node's handle, without a socket of Node's. A socket costs more than the rest of a
 * short connection: two streams with their states and events, a turn of the event loop after each
 * write, and closures that V8 keeps in its old memory until the next full collection.
 */
export class TcpStream implements ByteStream {
  readonly isSecure = false;
  readonly #owner: ByteStreamOwner;
  /** Undefined until it is connected. */
  #handle: OwnedHandle | undefined;
  #giveUp = nothing;
  /** True if a failed write does not close it. */
  #survivesWrites = false;
  #isPaused = false;
  #hasOtherEnded = false;
  #isEnding = false;
  #hasEnded = false;
  #isClosing = false;
  #closesOnceEnded = false;
  #unsentWrites = 0;
  #unsentLength = 0;
  #error: NodeJS.ErrnoException | undefined;

  private constructor(owner: ByteStreamOwner) {
    this.#owner = owner;
  }

  /** Returns the stream of a connection that was accepted; it reads from now on. */
  static accepted(handle: TcpHandle, owner: ByteStreamOwner): TcpStream {
    const stream = new TcpStream(owner);
    stream.#begin(handle);
    return stream;
  }

  /**
   * Connects to an upstream. Failed writes do not close the connection: an upstream may answer and
   * close while a request is still being sent to it, and its response can be read after the failed
   * write (RFC 9112 section 9.5). If there is none, the next read fails at once.
   */
  static to(
    address: { readonly host: string; readonly port: number },
    owner: ByteStreamOwner,
    onConnect: () => void,
  ): TcpStream {
    const stream = new TcpStream(owner);
    stream.#survivesWrites = true;
    stream.#giveUp = connectTcp(address, {
      onConnect: (handle) => {
        stream.#begin(handle);
        onConnect();
      },
      onFail: (error) => owner.closed(error),
    });
    return stream;
  }

  get unsentLength(): number {
    return this.#unsentLength;
  }

  writeText(latin1: string): void {
    const handle = this.#writable;
    if (handle === undefined) return;
    this.#wrote(handle.writeLatin1String(nextRequest, latin1), undefined, nothing);
  }

  writeBuffer(bytes: Buffer, done: () => void): void {
    const handle = this.#writable;
    if (handle === undefined) done();
    else this.#wrote(handle.writeBuffer(nextRequest, bytes), bytes, done);
  }

  writeParts(before: string, bytes: Buffer, after: string): void {
    if (before === '' && after === '') {
      this.writeBuffer(bytes, nothing);
      return;
    }
    const handle = this.#writable;
    if (handle === undefined) return;
    const parts = [before, 'latin1', bytes, 'buffer', after, 'latin1'];
    this.#wrote(handle.writev(nextRequest, parts, false), bytes, nothing);
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isClosing && !this.#hasOtherEnded) this.#handle?.readStop();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isClosing && !this.#hasOtherEnded) this.#handle?.readStart();
  }

  end(): void {
    const handle = this.#writable;
    if (handle === undefined) return;
    this.#isEnding = true;
    const request = new ShutdownWrap();
    const onEnd = () => this.#ended();
    request.oncomplete = onEnd;
    // The other side has reset the connection; the next read says so.
    if (handle.shutdown(request) !== 0) this.#ended();
  }

  /**
   * Closes a turn of the event loop after the end at the earliest, and reads until then: a connection
   * that is closed while bytes wait to be read is reset, which may destroy what was just sent.
   */
  endAndClose(): void {
    this.#closesOnceEnded = true;
    if (this.#hasEnded || this.#handle === undefined) this.destroy();
    else this.end();
  }

  destroy(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    if (this.#handle === undefined) this.#giveUp();
    else this.#handle.close(onclose);
  }

  reset(): void {
    if (this.#isClosing) return;
    if (this.#handle?.reset(onclose) === 0) this.#isClosing = true;
    else this.destroy();
  }

  /**
   * Called by the handle with each read. @param length of it, or the code of an error.
   * @returns the buffer for the next reads; undefined: the same.
   */
  read(length: number): Buffer | undefined {
    if (this.#isClosing || length === 0) return undefined;
    if (length > 0) return this.#owner.received(length);
    if (length !== endOfStream) {
      this.#fail(length);
      return undefined;
    }
    this.#hasOtherEnded = true;
    this.#owner.ended();
    if (this.#hasEnded) this.destroy();
    return undefined;
  }

  /** Called by the handle once it is closed. */
  closed(): void {
    this.#owner.closed(this.#error);
  }

  get #writable(): TcpHandle | undefined {
    return this.#isClosing || this.#isEnding ? undefined : this.#handle;
  }

  #begin(handle: OwnedHandle): void {
    this.#handle = handle;
    handle[streamOf] = this;
    handle.onread = onread;
    handle.useUserBuffer(sharedReadBuffer);
    if (!this.#isPaused) handle.readStart();
  }

  /** @param bytes that are sent from where they are. */
  #wrote(code: number, bytes: Buffer | undefined, done: () => void): void {
    if (code === 0 && isLastWriteWaiting()) {
      this.#wait(lastWriteLength(), bytes, done);
      return;
    }
    done();
    if (code !== 0) this.#writeFailed(code);
  }

  #wait(length: number, bytes: Buffer | undefined, done: () => void): void {
    const request: { bytes?: Buffer | undefined } & typeof nextRequest = nextRequest;
    nextRequest = new WriteWrap();
    this.#unsentWrites += 1;
    this.#unsentLength += length;
    const onEnd = (status: number) => {
      this.#unsentWrites -= 1;
      this.#unsentLength -= length;
      done();
      this.#sent(status);
    };
    request.oncomplete = onEnd;
    // The garbage collector must not take them.
    request.bytes = bytes;
  }

  #sent(status: number): void {
    if (this.#isClosing) return;
    if (status < 0) this.#writeFailed(status);
    if (this.#unsentWrites === 0 && !this.#isClosing) this.#owner.drained();
  }

  #ended(): void {
    this.#hasEnded = true;
    if (this.#hasOtherEnded || this.#closesOnceEnded) this.destroy();
  }

  #writeFailed(code: number): void {
    if (!this.#survivesWrites) this.#fail(code);
  }

  #fail(code: number): void {
    this.#error ??= failureOf(code);
    this.destroy();
  }
}
