import type { Engine } from './engine.ts';
import type { Outcome, Route } from '../contract/handler.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { SocketIo, SocketHandler } from '../socket/socket-io.ts';

/**
 * One try to have a request answered by one origin: its route, its connection, and the telling of
 * how it ended. It is used again for the next try.
 */
export class Attempt {
  isRetry = false;
  readonly #engine: Engine;
  readonly #handler: SocketHandler;
  readonly #onConnect: () => void;
  #route: Route | undefined;
  #connection: UpstreamConnection | undefined;
  #startedAt = 0;

  /** @param onConnect called when a new connection may be written to. */
  constructor(engine: Engine, handler: SocketHandler, onConnect: () => void) {
    this.#engine = engine;
    this.#handler = handler;
    this.#onConnect = onConnect;
  }

  /** The origin's connection, undefined while there is no attempt. */
  get io(): SocketIo | undefined {
    return this.#connection?.io;
  }

  get isOnKeptConnection(): boolean {
    return this.#connection?.isReused === true;
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
    const kept = this.isRetry ? undefined : pool.take(route.upstream, this.#handler);
    this.#connection = kept ?? pool.connect(route.upstream, this.#handler, this.#onConnect);
    return kept !== undefined;
  }

  /** Ends it; the connection to the origin is of no more use. @returns what it was made by. */
  giveUp(outcome: Outcome): Route | undefined {
    const route = this.#route;
    const connection = this.#connection;
    this.#release();
    if (connection !== undefined) {
      connection.io.handler = connection;
      connection.io.destroy();
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
    const connection = this.#connection;
    this.#release();
    if (connection !== undefined) {
      const { io } = connection;
      io.handler = connection;
      io.endRead(options.isSent);
      io.resume();
      if (options.isReusable && !io.isBacklogged) {
        this.#engine.pool.put(connection, options.keptOpenMs);
      } else io.destroy();
    }
    route?.done(outcome);
    route?.closed();
  }

  /** Ends it with another protocol; whoever takes the two over tells when that has ended. */
  handOver(outcome: Outcome): readonly [UpstreamConnection, Route] | undefined {
    const route = this.#route;
    const connection = this.#connection;
    this.#release();
    if (route === undefined || connection === undefined) return undefined;
    route.done(outcome);
    return [connection, route];
  }

  #release(): void {
    this.#route = undefined;
    this.#connection = undefined;
  }
}
