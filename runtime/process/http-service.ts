import { createServer, type Server, type ServerOptions } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { hostPort } from '../contract/host-port.ts';
import { listenFailure } from '../core/input/listen-failure.ts';

export interface HttpServiceOptions {
  readonly fetch: Parameters<typeof getRequestListener>[0];
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** True if several processes may listen on the port and share its connections. Default false. */
  readonly reusePort?: boolean;
  /** Default: those of Node.js. */
  readonly limits?: HttpServiceLimits;
}

/** Bounds of a server that many clients share. */
export interface HttpServiceLimits {
  /** Connections at a time; further ones are closed. */
  readonly maxConnections: number;
  /** Time for a whole request to arrive, milliseconds. */
  readonly requestTimeoutMs: number;
  /** Time for which a connection may be idle, milliseconds. Clients with a longer one lose requests. */
  readonly idleTimeoutMs: number;
}

/** HTTP server, from listening to its last response. */
export class HttpService {
  readonly #server: Server;
  readonly #origin: string;
  #draining = false;

  private constructor(server: Server) {
    this.#server = server;
    this.#origin = originOf(server.address());
    server.prependListener('request', (_request, response) => {
      if (this.#draining) response.setHeader('connection', 'close');
      response.once('close', () => {
        if (this.#draining) server.closeIdleConnections();
      });
    });
  }

  /** @throws PerchError `port_in_use`; `bad_input` for an address that this host does not have. */
  static async listen(options: HttpServiceOptions): Promise<HttpService> {
    const { fetch, host, port, limits, reusePort = false } = options;
    const respond = getRequestListener(fetch);
    const server = createServer(
      serverOptions(limits),
      (request, response) => void respond(request, response),
    );
    if (limits !== undefined) server.maxConnections = limits.maxConnections;
    server.listen({ host, port, reusePort });
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw listenFailure(hostPort(host, port), cause);
    }
    return new HttpService(server);
  }

  /** `http://HOST:PORT` of the address that it listens on. */
  get origin(): string {
    return this.#origin;
  }

  /** Accepts no new requests, lets running ones finish, and cuts them off after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<'drained' | 'cut_off'> {
    this.#draining = true;
    const closed = once(this.#server, 'close');
    this.#server.close();
    let outcome: 'drained' | 'cut_off' = 'drained';
    const timer = setTimeout(() => {
      outcome = 'cut_off';
      this.#server.closeAllConnections();
    }, timeoutMs);
    await closed;
    clearTimeout(timer);
    return outcome;
  }
}

function serverOptions(limits: HttpServiceLimits | undefined): ServerOptions {
  if (limits === undefined) return {};
  const { requestTimeoutMs, idleTimeoutMs } = limits;
  return {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.ceil(requestTimeoutMs / 4),
    keepAliveTimeout: idleTimeoutMs,
  };
}

function originOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP server');
  return `http://${hostPort(address.address, address.port)}`;
}
