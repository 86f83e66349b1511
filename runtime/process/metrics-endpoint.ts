import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { listenFailure } from '../core/input/listen-failure.ts';
import { formatAddress, type Address } from '../proxy/settings/address.ts';
import { withoutForeignHosts } from '../proxy/workers/admin-hosts.ts';
import { FailureLog } from '../store/local/failure-log.ts';

export interface MetricsPage {
  readonly type: string;
  readonly body: string;
}

export interface MetricsEndpointOptions {
  readonly address: Address;
  readonly metrics: () => Promise<MetricsPage>;
  readonly logger: Logger;
  /** Interval between attempts to listen, milliseconds. Default 1,000. */
  readonly retryMs?: number;
}

/** More than a few collectors and a browser are a mistake. */
const mostConnections = 16;
const requestTimeoutMs = 10_000;

/**
 * Serves Prometheus' text format under `/metrics`, and nothing else, on an address of the private
 * network. The address may come up late, and while a container is replaced the old one has the port
 * until it stops; so it tries until it can listen, and its process serves meanwhile. It never shares
 * the port: two processes that answer in turn would look like counters that start over.
 */
export class MetricsEndpoint {
  readonly #options: MetricsEndpointOptions;
  readonly #server: Server;
  readonly #failures: FailureLog;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #running: Promise<MetricsPage> | undefined;

  constructor(options: MetricsEndpointOptions) {
    this.#options = options;
    this.#failures = new FailureLog(options.logger, 'metrics cannot be served yet');
    this.#server = createServer(
      { headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs },
      withoutForeignHosts((request, response) => {
        void this.#answer(request.method ?? '', request.url ?? '', response);
      }),
    );
    this.#server.maxConnections = mostConnections;
  }

  /** Begins to listen, once the address is free. */
  start(): void {
    const { address, logger, retryMs = 1_000 } = this.#options;
    this.#listen().then(
      () => {
        if (this.#isClosed) return this.close();
        this.#failures.ended();
        logger.info({ metrics: formatAddress(address) }, 'metrics are served');
      },
      (error: unknown) => {
        if (this.#isClosed) return;
        this.#failures.failed(listenFailure(`--metrics ${formatAddress(address)}`, error));
        this.#timer = setTimeout(() => this.start(), retryMs);
      },
    );
  }

  /** Frees the port for a successor. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#options.address);
    await once(this.#server, 'listening');
  }

  async #answer(method: string, target: string, response: ServerResponse): Promise<void> {
    const isRead = method === 'GET' || method === 'HEAD';
    const isKnown = URL.parse(target, 'http://metrics')?.pathname === '/metrics';
    if (!isRead || !isKnown) {
      const [status, line] = isRead ? [404, 'use /metrics'] : [405, 'use GET or HEAD'];
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${line}\n`);
      return;
    }
    try {
      const { type, body } = await this.#collect();
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(method === 'HEAD' ? undefined : body);
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'metrics could not be collected');
      response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('no metrics now\n');
    }
  }

  /** Requests at the same time share one collection. */
  async #collect(): Promise<MetricsPage> {
    this.#running ??= this.#options.metrics().finally(() => (this.#running = undefined));
    return await this.#running;
  }
}
