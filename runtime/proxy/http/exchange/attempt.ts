import type { Engine } from './engine.ts';
import type { Outcome, Route } from '../contract/handler.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { Wire, WireUser } from '../socket/socket-io.ts';

/**
 * One try to have a request answered by one origin: its route, its connection, and the telling of
 * how it ended. It is used again for the next try.
 */
export class Attempt {
  isRetry = false;
  readonly #engine: Engine;
  readonly #user: WireUser;
  readonly #onConnect: () => void;
  #route: Route | undefined;
  #upstream: UpstreamConnection | undefined;
  #startedAt = 0;

  /** @param onConnect called when a new connection may be written to. */
  constructor(engine: Engine, user: WireUser, onConnect: () => void) {
    this.#engine = engine;
    this.#user = user;
    this.#onConnect = onConnect;
  }

  /** The origin's connection, undefined while there is no attempt. */
  get wire(): Wire | undefined {
    return this.#upstream?.wire;
  }

  get isOnKeptConnection(): boolean {
    return this.#upstream?.isReused === true;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** The field lines that the route adds to the final response. */
  get addedFields(): string {
    const fields = this.#route?.responseFields ?? [];
    let text = '';
    for (let index = 0; index + 1 < fields.length; index += 2) {
      text += `${fields[index]}: ${fields[index + 1]}\r\n`;
    }
    return text;
  }

  /** @returns whether it can be written to already. A retry takes a new connection. */
  start(route: Route): boolean {
    const { pool } = this.#engine;
    this.#route = route;
    this.#startedAt = performance.now();
    const kept = this.isRetry ? undefined : pool.take(route.origin, this.#user);
    this.#upstream = kept ?? pool.connect(route.origin, this.#user, this.#onConnect);
    return kept !== undefined;
  }

  /** Ends it; the connection to the origin is of no more use. @returns what it was made by. */
  giveUp(outcome: Outcome): Route | undefined {
    const route = this.#route;
    const upstream = this.#upstream;
    this.#release();
    if (upstream !== undefined) {
      upstream.wire.user = upstream;
      upstream.wire.destroy();
    }
    route?.done(outcome);
    route?.closed();
    return route;
  }

  /**
   * Ends it with a whole answer.
   * @param isReusable whether the connection may carry another request, `keptOpenMs` at most.
   * @param isSent whether all that was read from it was sent on.
   */
  complete(
    outcome: Outcome,
    options: { isReusable: boolean; keptOpenMs: number; isSent: boolean },
  ): void {
    const route = this.#route;
    const upstream = this.#upstream;
    this.#release();
    if (upstream !== undefined) {
      const { wire } = upstream;
      wire.user = upstream;
      wire.endRead(options.isSent);
      wire.resume();
      if (options.isReusable && !wire.isBacklogged) {
        this.#engine.pool.put(upstream, options.keptOpenMs);
      } else wire.destroy();
    }
    route?.done(outcome);
    route?.closed();
  }

  /** Ends it with another protocol; whoever takes the two over tells when that has ended. */
  handOver(outcome: Outcome): readonly [UpstreamConnection, Route] | undefined {
    const route = this.#route;
    const upstream = this.#upstream;
    this.#release();
    if (route === undefined || upstream === undefined) return undefined;
    route.done(outcome);
    return [upstream, route];
  }

  #release(): void {
    this.#route = undefined;
    this.#upstream = undefined;
  }
}
