import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { readResponse, type StrictMessage } from './strict-reader.ts';
import { until } from '../until.ts';

/** Way in which the bytes of a message reach the other side: as one, one by one, or in two parts. */
export type Delivery = 'whole' | 'byte by byte' | { readonly splitAt: number };

export interface Answer extends StrictMessage {
  readonly status: number;
}

/** Client that sends raw bytes and reads responses as strictly as possible. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** True if the other side sends nothing more. */
  hasEnded = false;
  hasClosed = false;
  /** Error that broke the connection, undefined if there was none. */
  error: NodeJS.ErrnoException | undefined;
  #parts: Buffer[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.#parts.push(bytes));
    socket.on('end', () => (this.hasEnded = true));
    socket.on('error', (error) => (this.error = error));
    socket.on('close', () => (this.hasClosed = this.hasEnded = true));
  }

  /** @param localAddress address of loopback that it connects from. Default: any. */
  static async connect(port: number, localAddress?: string): Promise<RawClient> {
    const host = '127.0.0.1';
    const socket = connect({ port, host, localAddress, noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects by https and waits for the end of the handshake. */
  static async connectSecurely(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
    const host = '127.0.0.1';
    // The types of `connect` leave `allowHalfOpen` out.
    const defaults = { allowHalfOpen: true, rejectUnauthorized: false };
    const socket = connectTls({ port, host, ...defaults, ...options });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new RawClient(socket);
  }

  /** Bytes that were received and not taken yet. */
  get received(): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && this.#parts.length === 1) return first;
    const received = Buffer.concat(this.#parts);
    this.#parts = [received];
    return received;
  }

  /** Text of {@link received}. */
  get text(): string {
    return this.received.toString('latin1');
  }

  /** Takes everything that was received. @param kept a part of it that is still to be taken. */
  clear(kept?: Buffer): void {
    this.#parts = kept === undefined ? [] : [kept];
  }

  /** Sends each part so that the other side reads it before the next one comes. */
  async send(...parts: readonly (string | Buffer)[]): Promise<void> {
    for (const part of parts) {
      if (this.hasClosed) return;
      this.socket.write(part, 'latin1');
      if (parts.length === 1) return;
      await turn();
      await turn();
    }
  }

  /** Ends the client's side, and still reads. */
  halfClose(): void {
    this.socket.end();
  }

  /** Takes the next response, even an interim one. Rejects if the connection ends before its end. */
  async response(method = 'GET'): Promise<Answer> {
    const read = await until(
      () => {
        const next = readResponse(this.received, method, this.hasEnded);
        if (next === undefined && this.hasEnded) {
          throw new Error(`the connection ended in: ${this.text}`, { cause: this.error });
        }
        return next;
      },
      { what: 'a whole response', everyMs: 1 },
    );
    this.#parts = [this.received.subarray(read.length)];
    const { message } = read;
    return { ...message, status: Number(message.startLine.slice(9, 12)) };
  }

  async untilText(part: string): Promise<void> {
    await until(() => this.text.includes(part) || this.hasClosed, {
      what: `the client to get ${part}`,
    });
    if (!this.text.includes(part)) throw new Error(`closed after ${JSON.stringify(this.text)}`);
  }

  /** Waits for the end of the connection. @returns the text that was received and not taken. */
  async untilEnd(): Promise<string> {
    await until(() => this.hasEnded, { what: 'the end of the connection', everyMs: 1 });
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Sends text on a new connection, then its end. @returns everything that comes back. */
export async function roundTrip(
  port: number,
  text: string,
  delivery: Delivery = 'whole',
): Promise<string> {
  using client = await RawClient.connect(port);
  await client.send(...partsOf(text, delivery));
  client.halfClose();
  return await client.untilEnd();
}

/** Parts of a text, each to be sent on its own. */
export function partsOf(text: string, delivery: Delivery): string[] {
  if (delivery === 'whole') return [text];
  if (delivery === 'byte by byte') return text.split('');
  return [text.slice(0, delivery.splitAt), text.slice(delivery.splitAt)].filter(Boolean);
}
