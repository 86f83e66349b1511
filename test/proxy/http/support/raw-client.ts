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
  #read = 0;
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
        const rest = this.received.subarray(this.#read);
        const next = readResponse(rest, method, this.ended);
        if (next === undefined && this.ended) {
          throw new Error(`the connection ended in: ${rest.toString('latin1')}`, {
            cause: this.error,
          });
        }
        return next;
      },
      { what: 'a whole response', everyMs: 1 },
    );
    this.#read += read.length;
    const { message } = read;
    return { ...message, status: Number(message.startLine.slice(9, 12)) };
  }

  /** Bytes that no response has taken. */
  get rest(): string {
    return this.received.toString('latin1', this.#read);
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
