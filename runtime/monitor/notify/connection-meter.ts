import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * Agents that open one connection for each request and count those that were established. A request
 * whose connection was not established was not written: what it asks for has certainly not happened.
 */
export class ConnectionMeter {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  #established = 0;

  constructor() {
    const count = () => {
      this.#established += 1;
    };
    this.httpAgent = new MeteredHttpAgent(count);
    this.httpsAgent = new MeteredHttpsAgent(count);
  }

  /** Number of connections that were established, TLS included. */
  get established(): number {
    return this.#established;
  }
}

class MeteredHttpAgent extends HttpAgent {
  readonly #count: () => void;

  constructor(count: () => void) {
    super({ keepAlive: false });
    this.#count = count;
  }

  override createConnection(...args: Parameters<HttpAgent['createConnection']>) {
    return counted(super.createConnection(...args), 'connect', this.#count);
  }
}

class MeteredHttpsAgent extends HttpsAgent {
  readonly #count: () => void;

  constructor(count: () => void) {
    super({ keepAlive: false });
    this.#count = count;
  }

  override createConnection(...args: Parameters<HttpsAgent['createConnection']>) {
    return counted(super.createConnection(...args), 'secureConnect', this.#count);
  }
}

function counted<Socket extends Duplex | null | undefined>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  count: () => void,
): Socket {
  socket?.once(event, count);
  return socket;
}
