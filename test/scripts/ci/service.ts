import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A local HTTP server that stands for the API of GitHub or GitLab. */
export class Service implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server;
  readonly #lists = new Map<string, readonly unknown[]>();
  #failures: Answer[] = [];

  private constructor() {
    const answered = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://service');
      const sent = await text(request);
      const body = sent === '' ? {} : (JSON.parse(sent) as Received['body']);
      const { method = '', headers } = request;
      this.received.push({ method, path, query, headers, body });
      const answer = this.#failures.shift() ?? { body: this.#found(method, path, query) };
      response.writeHead(answer.status ?? 200, answer.headers);
      response.end(JSON.stringify(answer.body ?? {}));
    };
    this.#server = createServer((request, response) => void answered(request, response));
  }

  static async start(): Promise<Service> {
    const service = new Service();
    await once(service.#server.listen(0, '127.0.0.1'), 'listening');
    return service;
  }

  /** Serves rows page by page. */
  list(path: string, rows: readonly unknown[]): void {
    this.#lists.set(path, rows);
  }

  /** Answers the next requests so. */
  failNext(...answers: readonly Answer[]): void {
    this.#failures = [...answers];
  }

  /** Requests that changed something: `METHOD PATH`. */
  get changes(): string[] {
    return this.received
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #found(method: string, path: string, query: URLSearchParams): unknown {
    const rows = this.#lists.get(path);
    if (method !== 'GET' || rows === undefined) return { id: 1 };
    const size = Number(query.get('per_page'));
    const start = (Number(query.get('page')) - 1) * size;
    return rows.slice(start, start + size);
  }
}
