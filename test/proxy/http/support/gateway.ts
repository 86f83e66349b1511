import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Forwarder, type ForwarderOptions } from './forwarder.ts';

/** Handles a connection to an upstream; `index` counts the connections from 0. */
export type UpstreamBehaviour = (socket: Socket, index: number) => void;

export interface GatewayOptions extends Omit<ForwarderOptions, 'upstreams'> {
  /** Upstreams in the order in which they are tried; each request begins with the first one. */
  readonly upstreams: readonly UpstreamBehaviour[];
}

/** Forwarder in front of its own upstreams, which are given by what they do with a connection. */
export class Gateway implements AsyncDisposable {
  readonly upstreams: readonly SocketUpstream[];
  readonly #forwarder: Forwarder;

  constructor(forwarder: Forwarder, upstreams: readonly SocketUpstream[]) {
    this.#forwarder = forwarder;
    this.upstreams = upstreams;
  }

  get port(): number {
    return this.#forwarder.port;
  }

  get tlsPort(): number {
    return this.#forwarder.tlsPort;
  }

  get server(): Forwarder['server'] {
    return this.#forwarder.server;
  }

  get outcomes(): Forwarder['outcomes'] {
    return this.#forwarder.outcomes;
  }

  get refusals(): Forwarder['refusals'] {
    return this.#forwarder.refusals;
  }

  /** Number of attempts that were begun and are not closed. */
  get open(): number {
    return this.#forwarder.begun - this.#forwarder.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upstream of this.upstreams) upstream.close();
    await this.#forwarder[Symbol.asyncDispose]();
  }
}

/** Upstream that keeps the text that it receives, connection by connection. */
export class SocketUpstream {
  readonly received: string[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  constructor(behaviour: UpstreamBehaviour) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const index = this.received.push('') - 1;
      this.sockets.push(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        this.received[index] += bytes.toString('latin1');
      });
      behaviour(socket, index);
    });
  }

  /** @returns its port. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const upstreams = options.upstreams.map((behaviour) => new SocketUpstream(behaviour));
  const ports = await Promise.all(upstreams.map((upstream) => upstream.listen()));
  return new Gateway(await Forwarder.start({ ...options, upstreams: ports }), upstreams);
}

/** Answers every complete head with `response`. */
export function answering(response: string): UpstreamBehaviour {
  return (socket) => {
    let pending = '';
    socket.on('data', (bytes) => {
      pending += bytes.toString('latin1');
      for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
        pending = pending.slice(end + 4);
        socket.write(response, 'latin1');
      }
    });
    socket.on('end', () => socket.end());
  };
}

export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
