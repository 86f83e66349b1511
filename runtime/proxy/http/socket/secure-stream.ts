import type { ByteStream, ByteStreamOwner } from './byte-stream.ts';
import { giveReadBuffer, sharedReadBuffer, takeReadBuffer } from './read-buffers.ts';
import type { SecureSocket } from './secure-socket.ts';

/** Connection of a client whose handshake of TLS is done. */
export class SecureStream implements ByteStream {
  readonly isSecure = true;
  readonly #socket: SecureSocket;
  #readBuffer: Buffer = sharedReadBuffer;
  #error: Error | undefined;

  constructor(socket: SecureSocket, owner: ByteStreamOwner) {
    this.#socket = socket;
    socket.readBy({
      buffer: () => this.#readBuffer,
      callback: (length) => {
        this.#readBuffer = owner.received(length) ?? this.#readBuffer;
        return true;
      },
    });
    socket.on('end', () => owner.ended());
    socket.on('drain', () => owner.drained());
    // A close follows every error.
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => owner.closed(this.#error));
  }

  get unsentLength(): number {
    return this.#socket.writableLength;
  }

  writeText(latin1: string): void {
    this.#socket.write(latin1, 'latin1');
  }

  writeBuffer(bytes: Buffer, done: () => void): void {
    this.#socket.write(bytes, done);
  }

  /**
   * TLS encrypts what it is given at once, so that the bytes are free afterwards, unless an earlier
   * write has not ended: it ends in a later turn of the event loop, even if it could be sent.
   */
  writeParts(before: string, bytes: Buffer, after: string): void {
    const socket = this.#socket;
    if (before === '' && after === '' && socket.writableLength === 0) {
      socket.write(bytes);
      return;
    }
    // All large payloads stand in a read buffer, so they fit into another one.
    const lasting = takeReadBuffer();
    bytes.copy(lasting);
    socket.cork();
    if (before !== '') this.writeText(before);
    socket.write(lasting.subarray(0, bytes.length), () => giveReadBuffer(lasting));
    if (after !== '') this.writeText(after);
    socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  endAndClose(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
