import { Agent, request } from 'node:http';

export interface LoadOptions {
  readonly origin: string;
  /** Number of clients that send one request after the other. */
  readonly clients: number;
  /** Opens a new connection for every request. Default: each client keeps its own. */
  readonly newConnections?: boolean;
  /** Path of the requests. Default `/`. */
  readonly path?: string;
  /** Host of the requests. Default: that of the origin. */
  readonly host?: string;
}

/** Steady GET requests until stopped, with their results. */
export class Load {
  readonly failures: string[] = [];
  /** Body -> number of answers with it. */
  readonly answers = new Map<string, number>();
  #stopped = false;
  readonly #clients: Promise<void[]>;

  constructor({ origin, clients, newConnections = false, path = '/', host }: LoadOptions) {
    const url = `${origin}${path}`;
    const headers = host === undefined ? {} : { host };
    this.#clients = Promise.all(
      Array.from({ length: clients }, async () => {
        const agent = new Agent({ keepAlive: !newConnections, maxSockets: 1 });
        while (!this.#stopped) await this.#ask(url, agent, headers);
        agent.destroy();
      }),
    );
  }

  get total(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#clients;
  }

  async #ask(url: string, agent: Agent, headers: Record<string, string>): Promise<void> {
    try {
      const { status, body } = await get(url, agent, headers);
      if (status === 200) this.answers.set(body, (this.answers.get(body) ?? 0) + 1);
      else this.failures.push(`${status} ${body}`);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}

/**
 * Sends one GET, on a connection of its own unless an agent is given: a server that has just ended
 * may have closed a reused one (RFC 9112 section 9.5). Rejects without a complete answer.
 */
export function get(
  url: string,
  agent: Agent | false = false,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof get>>>();
  request(url, { agent, headers }, (response) => {
    let body = '';
    response
      .setEncoding('utf8')
      .on('data', (chunk: string) => (body += chunk))
      .on('end', () => {
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
      })
      .on('error', reject);
  })
    .on('error', reject)
    .end();
  return promise;
}
