import type { Handler, Outcome, Route } from '../../../runtime/proxy/http/contract/handler.ts';
import type { HttpServerOptions } from '../../../runtime/proxy/http/server.ts';
import type { RequestHead } from '../../../runtime/proxy/http/message/request-head.ts';
import { platform } from '../platform/platform.ts';
import type { Container, Gateway } from '../fleet/fleet.ts';

const head = {
  method: 'GET',
  target: '/items/7',
  targetCodes: '/items/7',
  field: () => undefined,
} as unknown as RequestHead;

/** Stands in for the proxy's HTTP engine: clients' requests come from the simulation. */
export class HttpServer implements Gateway {
  readonly stats = { connections: 0 };
  readonly #handler: Handler;
  /** Address -> requests in flight. */
  readonly #inFlight = new Map<string, number>();

  constructor({ handler }: HttpServerOptions) {
    this.#handler = handler;
    const { kernel, fleet } = platform();
    const process = kernel.current;
    if (process === undefined) throw new Error('a gateway belongs to a process');
    fleet.gateways.set(process, this);
    process.onEnd(() => fleet.gateways.delete(process));
  }

  listen({ port }: { readonly port: number }): Promise<{ port: number }> {
    return Promise.resolve({ port });
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  inFlight(key: string): number {
    return this.#inFlight.get(key) ?? 0;
  }

  /** Takes one request of a client. */
  request(): void {
    const route = this.#handler.route(head);
    if ('upstream' in route) this.#attempt(route);
  }

  #attempt(route: Route): void {
    const { kernel, fleet } = platform();
    const { key } = route.upstream;
    const container = fleet.at(key);
    const { current: proxy } = kernel;
    if (proxy !== undefined) fleet.sent({ proxy, key, container });
    if (container === undefined) {
      return this.#finish(route, { kind: 'upstream-fault', fault: 'connect', durationMs: 1 });
    }
    const isLong = fleet.random.chance(0.02);
    // Few durations, so that the counts have few fields.
    const durationMs =
      4 * (isLong ? fleet.random.whole(125, 1_000) : fleet.random.whole(1, 4) ** 2);
    if (!isLong) return this.#finish(route, outcomeOf(container, durationMs));
    this.#inFlight.set(key, this.inFlight(key) + 1);
    kernel.schedule(durationMs, () => {
      this.#inFlight.set(key, this.inFlight(key) - 1);
      this.#finish(route, outcomeOf(container, durationMs));
    });
  }

  #finish(route: Route, outcome: Outcome): void {
    route.done(outcome);
    route.closed();
    if (outcome.kind !== 'upstream-fault') return;
    const again = route.retry();
    if (again !== undefined) this.#attempt(again);
  }
}

function outcomeOf(container: Container, durationMs: number): Outcome {
  if (!container.isRunning) return { kind: 'upstream-fault', fault: 'reset', durationMs };
  const failed = platform().fleet.random.chance(container.failures);
  return { kind: 'answered', status: failed ? 500 : 200, calledFailure: false, durationMs };
}
