import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readRequest, type StrictMessage } from '../../../support/http/strict-reader.ts';

/** Connection from the proxy to an upstream. */
export interface ServedConnection {
  readonly socket: Socket;
  /** All bytes that were received. */
  received: Buffer;
  /** Requests that a strict reader finds in them. */
  readonly requests: StrictMessage[];
  /** True if the proxy has ended it, in an orderly way or not. */
  closed: boolean;
}

/** Handles a complete request. */
export type Respond = (
  request: StrictMessage,
  connection: ServedConnection,
  upstream: RawUpstream,
) => void;

const ok: Respond = (_, { socket }) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
};

/** Upstream that reads raw bytes and answers with raw bytes. */
export class RawUpstream implements AsyncDisposable {
  respond: Respond = ok;
  /** Called with the bytes before they are read as requests, to answer sooner than that. */
  onData: (connection: ServedConnection) => void = () => {};
  readonly connections: ServedConnection[] = [];
  /** Errors of the strict reader. */
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

  /** All requests, in the order in which they became complete. */
  readonly requests: StrictMessage[] = [];

  /** The only request. @throws Error if there is none or more than one. */
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
