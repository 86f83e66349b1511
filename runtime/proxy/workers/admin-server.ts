import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { AggregatorRegistry, Registry } from 'prom-client';
import type { AdminAddress } from '../settings/address.ts';
import { withoutForeignHosts } from './admin-hosts.ts';
import { listenAdmin } from './listen-admin.ts';
import type { MetricJson } from '../metrics/metric-json.ts';
import type { WorkerStatus } from './worker-messages.ts';

/** Subject of the admin server's answers: the proxy process. */
export interface AdminSubject {
  /** True if the process is shutting down. */
  readonly stopping: boolean;
  /** One per slot; `serves` is false while a worker starts, drains or has no document yet. */
  readonly workers: readonly { readonly status: WorkerStatus; readonly serves: boolean }[];
  /** Returns the metrics of all processes, one list each. */
  collect(): Promise<(readonly MetricJson[])[]>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Operators' endpoints of the proxy, apart from its public port:
 * - `/healthz`: 200 while the process lives.
 * - `/readyz`: 200 when every worker accepts connections and has a release document, else 503;
 *   JSON with the generation that all of them apply, the worst condition of their sources, and the
 *   reason if a worker withholds the canary's share.
 * - `/metrics`: Prometheus text format, with a `proxy` label for each worker.
 */
export class AdminServer {
  readonly #server: Server;
  readonly #subject: AdminSubject;

  constructor(subject: AdminSubject) {
    this.#subject = subject;
    this.#server = createServer(
      withoutForeignHosts((request, response) => {
        void this.#answer(request.method ?? '', request.url ?? '', response);
      }),
    );
  }

  /**
   * @returns the address that it listens on, as HOST:PORT or unix:/PATH.
   * @throws PerchError `port_in_use` or `bad_input`.
   */
  async listen(address: AdminAddress): Promise<string> {
    return await listenAdmin(this.#server, address);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(method: string, target: string, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#find(method, target);
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(method === 'HEAD' ? undefined : body);
  }

  async #find(method: string, target: string): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD')
      return text(405, 'method not allowed: use GET or HEAD');
    switch (URL.parse(target, 'http://admin')?.pathname ?? '') {
      case '/healthz':
        return text(200, 'ok');
      case '/readyz':
        return this.#readiness();
      case '/metrics':
        return await this.#metrics();
      default:
        return text(404, 'not found: use /healthz, /readyz or /metrics');
    }
  }

  #readiness(): Answer {
    const { stopping, workers } = this.#subject;
    const ready = !stopping && workers.length > 0 && workers.every(({ serves }) => serves);
    const statuses = workers.map(({ status }) => status);
    const generations = statuses.map(({ generation }) => generation ?? 0);
    const body = {
      ready,
      generation: generations.length === 0 ? 0 : Math.min(...generations),
      condition: statuses.find(({ condition }) => condition !== 'fresh')?.condition ?? 'fresh',
      withheld: statuses.find(({ withheld }) => withheld !== undefined)?.withheld ?? null,
      workers: statuses,
    };
    return { status: ready ? 200 : 503, type: 'application/json', body: JSON.stringify(body) };
  }

  async #metrics(): Promise<Answer> {
    return { status: 200, ...(await metricsPage(this.#subject)) };
  }
}

/** Metrics of a proxy process, all workers, with their media type. */
export async function metricsPage(subject: Pick<AdminSubject, 'collect'>) {
  const body = await metricsText(await subject.collect());
  return { type: Registry.PROMETHEUS_CONTENT_TYPE, body };
}

/** Renders the metrics of several processes, one list each, in Prometheus text format. */
export async function metricsText(lists: readonly (readonly MetricJson[])[]): Promise<string> {
  return await AggregatorRegistry.aggregate([...lists]).metrics();
}

function text(status: number, line: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${line}\n` };
}
