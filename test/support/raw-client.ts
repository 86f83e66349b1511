import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { until } from './until.ts';

/** How the bytes of a message reach the other side: as one, one by one, or in two parts. */
export type Delivery = 'whole' | 'byte by byte' | { readonly splitAt: number };

/** A client of bytes. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  text = '';
  /** The other side has sent its last byte. */
  hasEnded = false;
  hasClosed = false;
  /** The connection was cut off. */
  wasReset = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
    });
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', () => {
      this.wasReset = true;
    });
    socket.on('close', () => {
      this.hasClosed = true;
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  async send(bytes: string, delivery: Delivery = 'whole'): Promise<void> {
    for (const part of partsOf(bytes, delivery)) {
      if (this.socket.destroyed) return;
      this.socket.write(part, 'latin1');
      await turn();
    }
  }

  /** Says that nothing more comes, and still listens. */
  halfClose(): void {
    this.socket.end();
  }

  async untilText(part: string): Promise<void> {
    await until(() => this.text.includes(part) || this.hasClosed, {
      what: `the client to get ${part}`,
    });
    if (!this.text.includes(part)) throw new Error(`closed after ${JSON.stringify(this.text)}`);
  }

  async untilEnd(): Promise<string> {
    await until(() => this.hasEnded || this.hasClosed, { what: 'the answer to end' });
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Sends `bytes` on a new connection, then its end, and answers all that comes back. */
export async function roundTrip(
  port: number,
  bytes: string,
  delivery: Delivery = 'whole',
): Promise<string> {
  using client = await RawClient.connect(port);
  await client.send(bytes, delivery);
  client.halfClose();
  return await client.untilEnd();
}

function partsOf(bytes: string, delivery: Delivery): string[] {
  if (delivery === 'whole') return [bytes];
  if (delivery === 'byte by byte') return bytes.split('');
  return [bytes.slice(0, delivery.splitAt), bytes.slice(delivery.splitAt)].filter(Boolean);
}
