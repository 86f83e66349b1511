import type { ByteStream, ByteStreamOwner } from './byte-stream.ts';
import { giveReadBuffer, sharedReadBuffer, takeReadBuffer } from './read-buffers.ts';
import type { SecureSocket } from './secure-socket.ts';
import {
  failureOf,
  isLastWriteWaiting,
  WriteWrap,
  type HandleRequest,
  type WritableHandle,
} from './tcp-handle.ts';

/** Text or bytes that are written together, with what is called once they are no longer used. */
interface Part {
  readonly content: string | Buffer;
  readonly done: () => void;
}

const nothing = (): void => {};

/**
 * Connection of a client whose handshake of TLS is done. It writes to Node's handle, past the writable
 * side of the socket, which takes another turn of the event loop for each write. The handle takes one
 * write at a time: what comes before that has ended waits here, and leaves in one write.
 */
export class SecureStream implements ByteStream {
  readonly isSecure = true;
  readonly #socket: SecureSocket;
  readonly #owner: ByteStreamOwner;
  #readBuffer: Buffer = sharedReadBuffer;
  #error: NodeJS.ErrnoException | undefined;
  #isWriting = false;
  #waiting: Part[] = [];
  #unsentLength = 0;
  /** End that follows once everything is sent. */
  #ending: 'none' | 'end' | 'close' = 'none';

  constructor(socket: SecureSocket, owner: ByteStreamOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.readBy({
      buffer: () => this.#readBuffer,
      callback: (length) => {
        this.#readBuffer = owner.received(length) ?? this.#readBuffer;
        return true;
      },
    });
    socket.on('end', () => owner.ended());
    // A close follows every error.
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => {
      this.#release(this.#waiting.splice(0));
      owner.closed(this.#error);
    });
  }

  get unsentLength(): number {
    return this.#unsentLength;
  }

  writeText(latin1: string): void {
    if (latin1 !== '') this.#write([{ content: latin1, done: nothing }]);
  }

  writeBuffer(bytes: Buffer, done: () => void): void {
    this.#write([{ content: bytes, done }]);
  }

  /** TLS encrypts what it is given at once, so that only bytes that wait here have to last. */
  writeParts(before: string, bytes: Buffer, after: string): void {
    const payload = this.#isWriting ? lasting(bytes) : { content: bytes, done: nothing };
    const parts = [{ content: before, done: nothing }, payload, { content: after, done: nothing }];
    this.#write(parts.filter(({ content }) => content.length > 0));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#ending === 'none') this.#ending = 'end';
    if (!this.#isWriting) this.#finish();
  }

  endAndClose(): void {
    this.#ending = 'close';
    if (!this.#isWriting) this.#finish();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #write(parts: readonly Part[]): void {
    if (this.#ending !== 'none' || this.#socket.destroyed) {
      for (const { done } of parts) done();
      return;
    }
    for (const { content } of parts) this.#unsentLength += content.length;
    if (this.#isWriting) this.#waiting.push(...parts);
    else this.#send(parts);
  }

  #send(parts: readonly Part[]): void {
    const request = new WriteWrap();
    const onEnd = (status: number) => this.#sent(parts, status);
    request.oncomplete = onEnd;
    this.#isWriting = true;
    const code = write(this.#socket._handle, request, parts);
    if (code !== 0 || !isLastWriteWaiting()) this.#sent(parts, code);
  }

  /** @param status 0, or the code of an error. */
  #sent(parts: readonly Part[], status: number): void {
    this.#release(parts);
    this.#isWriting = false;
    if (this.#socket.destroyed) return;
    if (status < 0) this.#socket.destroy(failureOf(status));
    else if (this.#waiting.length > 0) this.#send(this.#waiting.splice(0));
    else if (this.#ending !== 'none') this.#finish();
    else this.#owner.drained();
  }

  #release(parts: readonly Part[]): void {
    for (const { content, done } of parts) {
      this.#unsentLength -= content.length;
      done();
    }
  }

  #finish(): void {
    if (this.#ending === 'end') this.#socket.end();
    else this.#socket.destroySoon();
  }
}

/** Writes parts in one call. @returns 0, or the code of an error. */
function write(handle: WritableHandle, request: HandleRequest, parts: readonly Part[]): number {
  const [{ content } = { content: '' }] = parts;
  if (parts.length > 1) {
    const list = parts.flatMap((part) => [part.content, encodingOf(part)]);
    return handle.writev(request, list, false);
  }
  if (typeof content === 'string') return handle.writeLatin1String(request, content);
  return handle.writeBuffer(request, content);
}

function encodingOf({ content }: Part): string {
  return typeof content === 'string' ? 'latin1' : 'buffer';
}

/** Returns a copy of a payload: all large ones stand in a read buffer, so they fit into another one. */
function lasting(payload: Buffer): Part {
  const buffer = takeReadBuffer();
  payload.copy(buffer);
  return { content: buffer.subarray(0, payload.length), done: () => giveReadBuffer(buffer) };
}
