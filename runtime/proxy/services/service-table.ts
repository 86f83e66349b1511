import { RouteTable, type NoMatch, type TableEntry } from '../../core/edge/route-table.ts';
import type { Handler, Misdirected } from '../http/contract/handler.ts';
import type { RequestHead } from '../http/message/request-head.ts';

/** Service that requests can be routed to. */
type Service = Pick<Handler, 'route'>;

const misdirected: Record<NoMatch, Misdirected> = {
  'host-unknown': { refusal: 'host-unknown' },
  'path-unknown': { refusal: 'path-unknown' },
};

/**
 * Chooses the service of each request by the registered routes. The proxy's own service gets what no
 * route matches as long as it has no route itself, so that a second service that joins takes nothing
 * away from a stack without host names; and it answers the load balancer's health checks, which name
 * no host that anybody registers.
 */
export class ServiceTable<T extends Service> implements Handler {
  readonly #own: T;
  readonly #healthPath: string;
  #table: RouteTable<T> | undefined;
  #isOwnElsewhere = false;

  /** @param options.healthPath path that load balancers request. */
  constructor(own: T, { healthPath }: { readonly healthPath: string }) {
    this.#own = own;
    this.#healthPath = healthPath;
  }

  /** Routes by these entries from now on; without any, the own service gets everything. */
  replace(entries: readonly TableEntry<T>[]): void {
    this.#table = entries.length === 0 ? undefined : new RouteTable(entries);
    this.#isOwnElsewhere = entries.some(({ value }) => value === this.#own);
  }

  /** Returns the service that gets a request, or why none does. */
  find(request: RequestHead): T | NoMatch {
    if (this.#table === undefined) return this.#own;
    const found = this.#table.find(request);
    if (typeof found !== 'string') return found;
    const isHealthCheck = found === 'host-unknown' && request.target === this.#healthPath;
    return !this.#isOwnElsewhere || isHealthCheck ? this.#own : found;
  }

  route(request: RequestHead): ReturnType<Handler['route']> {
    const found = this.find(request);
    return typeof found === 'string' ? misdirected[found] : found.route(request);
  }
}
