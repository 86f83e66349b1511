import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Handler, Outcome } from '../../runtime/proxy/http/contract/handler.ts';
import type { Limits } from '../../runtime/proxy/http/contract/limits.ts';
import type { RefusalCause } from '../../runtime/proxy/http/message/refusal.ts';
import { HttpServer, type HttpServerOptions } from '../../runtime/proxy/http/server.ts';

/** What an origin does with each connection that it gets. */
export type UpstreamBehaviour = (socket: Socket, index: number) => void;

export interface GatewayOptions extends Partial<Omit<HttpServerOptions, 'handler' | 'limits'>> {
  readonly limits?: Partial<Limits>;
  /** Origins in the order in which they are tried; each request begins with the first one. */
  readonly upstreams: readonly UpstreamBehaviour[];
  /** Added to each final response: name, value, … */
  readonly responseFields?: readonly string[];
}

/** The engine between a test's raw client and its raw origins, with all that it says. */
export class Gateway implements AsyncDisposable {
  readonly server: HttpServer;
  readonly upstreams: readonly RawUpstream[];
  readonly outcomes: Outcome[] = [];
  readonly refusals: RefusalCause[] = [];
  /** Attempts that were begun and whose `closed` has not been called. */
  open = 0;
  port = 0;

  constructor(options: GatewayOptions, upstreams: readonly RawUpstream[]) {
    this.upstreams = upstreams;
    const { upstreams: _, ...rest } = options;
    this.server = new HttpServer({
      ...rest,
      handler: { route: () => this.#attempt(0, options.responseFields ?? []) },
      onRefusal: (cause) => this.refusals.push(cause),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upstream of this.upstreams) upstream.close();
    await this.server.drain(0);
  }

  #attempt(index: number, responseFields: readonly string[]): ReturnType<Handler['route']> {
    const upstream = this.upstreams[index];
    if (upstream === undefined) return { retryAfterSeconds: 7 };
    this.open += 1;
    return {
      upstream: { key: `127.0.0.1:${upstream.port}`, host: '127.0.0.1', port: upstream.port },
      responseFields,
      retry: () => {
        const next = this.#attempt(index + 1, responseFields);
        return 'upstream' in next ? next : undefined;
      },
      done: (outcome) => void this.outcomes.push(outcome),
      closed: () => {
        this.open -= 1;
      },
    };
  }
}

/** A server of bytes; it keeps what it received, connection by connection. */
export class RawUpstream {
  readonly received: string[] = [];
  readonly sockets: Socket[] = [];
  port = 0;
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

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses new connections; those that stand go on. */
  refuseMore(): void {
    this.#server.close();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const upstreams = options.upstreams.map((behaviour) => new RawUpstream(behaviour));
  for (const upstream of upstreams) await upstream.listen();
  const gateway = new Gateway(options, upstreams);
  ({ port: gateway.port } = await gateway.server.listen({ host: '127.0.0.1', port: 0 }));
  return gateway;
}

/** Answers every whole head with `response`, as often as one comes. */
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
