import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readRequest, type StrictMessage } from './strict-reader.ts';

/** A connection that the proxy made to an origin. */
export interface ServedConnection {
  readonly socket: Socket;
  /** Every byte that came by it. */
  received: Buffer;
  /** The requests that a strict reader sees in them. */
  readonly requests: StrictMessage[];
  /** Whether the other side ended it, in order or not. */
  closed: boolean;
}

/** What an origin does with a request that it has read whole. */
export type Respond = (
  request: StrictMessage,
  connection: ServedConnection,
  upstream: RawUpstream,
) => void;

const ok: Respond = (_, { socket }) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
};

/** An origin that sees bytes and answers with bytes. */
export class RawUpstream implements AsyncDisposable {
  respond: Respond = ok;
  /** Called with what comes, before it is read as requests; for what answers sooner than that. */
  onData: (connection: ServedConnection) => void = () => {};
  readonly connections: ServedConnection[] = [];
  /** What a strict reader could not read. */
  readonly errors: unknown[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) =>
      this.#serve(socket),
    );
  }

  static async start(respond: Respond = ok): Promise<RawUpstream> {
    const upstream = new RawUpstream();
    upstream.respond = respond;
    upstream.#server.listen(0, '127.0.0.1');
    await once(upstream.#server, 'listening');
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** All requests that came, in the order in which they became whole. */
  readonly requests: StrictMessage[] = [];

  /** The only request that came. */
  get request(): StrictMessage {
    const [request] = this.requests;
    if (request === undefined || this.requests.length > 1) {
      throw new Error(`${this.requests.length} requests came`);
    }
    return request;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    const connection: ServedConnection = {
      socket,
      received: Buffer.alloc(0),
      requests: [],
      closed: false,
    };
    this.connections.push(connection);
    let read = 0;
    socket.on('error', () => {});
    socket.on('close', () => (connection.closed = true));
    socket.on('end', () => (connection.closed = true));
    socket.on('data', (bytes: Buffer) => {
      connection.received = Buffer.concat([connection.received, bytes]);
      this.onData(connection);
      try {
        for (;;) {
          const next = readRequest(connection.received.subarray(read));
          if (next === undefined) return;
          read += next.length;
          connection.requests.push(next.message);
          this.requests.push(next.message);
          this.respond(next.message, connection, this);
        }
      } catch (error) {
        this.errors.push(error);
        socket.destroy();
      }
    });
  }
}
