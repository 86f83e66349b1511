import { once } from 'node:events';
import { Agent, createServer, get, request, type IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Health checks as DigitalOcean's load balancers make them by default. */
const checkEveryMs = 10_000;
const checkTimeoutMs = 5_000;
const failuresToLeave = 3;
const successesToJoin = 5;

interface Target {
  readonly address: string;
  isIn: boolean;
  /** Results in a row that differ from its state. */
  differing: number;
}

export interface TestBalancerOptions {
  /** Public addresses of the machines. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly healthPath: string;
}

/** Load balancer in front of machines: sends each request to the next one that is in, and once only. */
export class TestBalancer implements AsyncDisposable {
  readonly #targets: readonly Target[];
  readonly #options: TestBalancerOptions;
  readonly #agent = new Agent({ keepAlive: false });
  readonly #server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing));
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  private constructor(options: TestBalancerOptions) {
    this.#options = options;
    this.#targets = options.addresses.map((address) => ({ address, isIn: true, differing: 0 }));
  }

  static async start(options: TestBalancerOptions): Promise<TestBalancer> {
    const balancer = new TestBalancer(options);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    balancer.#timer = setInterval(() => {
      for (const target of balancer.#targets) void balancer.#check(target);
    }, checkEveryMs);
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #check(target: Target): Promise<void> {
    const passed = await this.#isHealthy(target.address);
    target.differing = passed === target.isIn ? 0 : target.differing + 1;
    if (target.differing < (target.isIn ? failuresToLeave : successesToJoin)) return;
    target.isIn = !target.isIn;
    target.differing = 0;
  }

  async #isHealthy(host: string): Promise<boolean> {
    const { port, healthPath: path } = this.#options;
    const signal = AbortSignal.timeout(checkTimeoutMs);
    const check = get({ host, port, path, agent: this.#agent, signal });
    try {
      const [response] = (await once(check, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode === 200;
    } catch {
      return false;
    }
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const targets = this.#targets.filter(({ isIn }) => isIn);
    this.#next += 1;
    const target = targets[this.#next % targets.length];
    if (target === undefined) {
      outgoing.writeHead(503).end();
      return;
    }
    const { method, url: path, headers } = incoming;
    const { port } = this.#options;
    const options = { host: target.address, port, method, path, headers, agent: this.#agent };
    const forwarded = request(options, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    forwarded.on('error', () => {
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
    incoming.pipe(forwarded);
  }
}
