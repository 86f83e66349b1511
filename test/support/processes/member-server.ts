import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Member } from '../../../runtime/core/release/release-document.ts';
import { member } from '../release-document.ts';

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A member inside the test process: answers `/healthz` by its health, all else with `respond`. */
export class MemberServer implements AsyncDisposable {
  readonly id: string;
  /** Heads of the requests that it received, without probes. */
  readonly requests: IncomingMessage[] = [];
  /** True if it passes its health checks. */
  healthy = true;
  respond: Respond;
  readonly #server: Server;

  private constructor(id: string, respond: Respond) {
    this.id = id;
    this.respond = respond;
    this.#server = createServer((request, response) => {
      if (request.url === '/healthz') {
        response.writeHead(this.healthy ? 200 : 503).end();
        return;
      }
      this.requests.push(request);
      this.respond(request, response);
    });
  }

  /** Starts a member. By default it answers with its id. */
  static async start(
    id: string,
    respond: Respond = (_, response) => void response.end(id),
  ): Promise<MemberServer> {
    const server = new MemberServer(id, respond);
    await server.listen(0);
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Returns its entry in the release document. */
  entry(overrides: Partial<Member> = {}): Member {
    return member(this.id, this.port, overrides);
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Handles upgrade requests. */
  onUpgrade(handle: (socket: Duplex) => void): void {
    this.#server.on('upgrade', (_, socket: Duplex) => handle(socket));
  }

  /** Stops listening and closes all connections. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
