import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from '../../../support/until.ts';
import { readResponse, type StrictMessage } from './strict-reader.ts';

/** A client that sends the bytes it is told to and reads answers as strictly as can be. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** The other side will send no more. */
  ended = false;
  closed = false;
  /** Why the connection broke, undefined when it did not. */
  error: NodeJS.ErrnoException | undefined;
  #parts: Buffer[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.#parts.push(bytes));
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error) => (this.error = error));
    socket.on('close', () => (this.closed = this.ended = true));
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Sends each part so that it is read before the next one comes. */
  async send(...parts: readonly (string | Buffer)[]): Promise<void> {
    for (const part of parts) {
      if (this.closed) return;
      this.socket.write(part, 'latin1');
      if (parts.length === 1) return;
      await turn();
      await turn();
    }
  }

  /** The next response, interim ones too. Rejects when the connection ends before it is whole. */
  async response(method = 'GET'): Promise<Answer> {
    const read = await until(
      () => {
        const next = readResponse(this.received, method, this.ended);
        if (next === undefined && this.ended) {
          throw new Error(`the connection ended in: ${this.rest}`, { cause: this.error });
        }
        return next;
      },
      { what: 'a whole response', everyMs: 1 },
    );
    this.#parts = [this.received.subarray(read.length)];
    const { message } = read;
    return { ...message, status: Number(message.startLine.slice(9, 12)) };
  }

  /** Bytes that no {@link response} has taken. */
  get received(): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && this.#parts.length === 1) return first;
    const received = Buffer.concat(this.#parts);
    this.#parts = [received];
    return received;
  }

  /** The same as text. */
  get rest(): string {
    return this.received.toString('latin1');
  }

  async end(): Promise<void> {
    await until(() => this.ended, { what: 'the end of the connection', everyMs: 1 });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

export interface Answer extends StrictMessage {
  readonly status: number;
}
