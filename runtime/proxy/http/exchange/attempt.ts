// The global one is an accessor, which costs each request a call.
import { performance } from 'node:perf_hooks';
import { noFields, type Engine } from './engine.ts';
import type { AgreedSwitch } from './exchange-client.ts';
import type { Outcome, Route } from '../contract/handler.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { SocketHandler, SocketIo } from '../socket/socket-io.ts';

/**
 * Kind of a try: the first one; one that begins afresh on a new connection, because the kept one of
 * the first was stale; the retry, after which there is no other; or the last one too, whose response
 * is sent in place of one that came.
 */
export type Try = 'first' | 'afresh' | 'retry' | 'instead';

/**
 * One try to have a request answered by one upstream: its route, its connection, and the report of
 * its outcome. It is reused for the next try.
 */
export class Attempt {
  readonly #engine: Engine;
  readonly #handler: SocketHandler;
  readonly #onConnect: () => void;
  #route: Route | undefined;
  #connection: UpstreamConnection | undefined;
  #kind: Try = 'first';
  #startedAt = 0;
  #answeredAfterMs = 0;
  /** Milliseconds from the start to the last part of the response that came. */
  #progressAfterMs = 0;

  /**
   * @param handler handles the events of the upstream's connection.
   * @param onConnect called when a new connection can be written to.
   */
  constructor(engine: Engine, handler: SocketHandler, onConnect: () => void) {
    this.#engine = engine;
    this.#handler = handler;
    this.#onConnect = onConnect;
  }

  /** Connection to the upstream, undefined if there is no attempt. */
  get io(): SocketIo | undefined {
    return this.#connection?.io;
  }

  get isRetry(): boolean {
    return this.#kind === 'retry' || this.isInstead;
  }

  get isInstead(): boolean {
    return this.#kind === 'instead';
  }

  get isOnKeptConnection(): boolean {
    return this.#connection?.isReused === true;
  }

  /** Fault for which no connection could be made. */
  get connectFault(): 'connect' | 'exhausted' {
    return this.#connection?.io.hasOwnFault === true ? 'exhausted' : 'connect';
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Milliseconds from the start to the head of the final response; 0 before it. */
  get answeredAfterMs(): number {
    return this.#answeredAfterMs;
  }

  /** Milliseconds that the client waited longest: for the head, or now for the next part. */
  get waitedMs(): number {
    return Math.max(this.#answeredAfterMs, this.elapsedMs - this.#progressAfterMs);
  }

  /** Returns the fields that the route adds to a response of this status. */
  addedFields(status: number): readonly string[] {
    return this.#route?.responseFields(status) ?? noFields;
  }

  /** Returns the route whose response is sent in place of that of this status; undefined: none. */
  instead(status: number): Route | undefined {
    return this.isRetry ? undefined : this.#route?.instead?.(status);
  }

  /**
   * @param kind only the first try takes a kept connection.
   * @returns true if the request can be written already.
   */
  start(route: Route, kind: Try): boolean {
    const { pool } = this.#engine;
    this.#route = route;
    this.#kind = kind;
    this.#startedAt = performance.now();
    this.#answeredAfterMs = 0;
    this.#progressAfterMs = 0;
    const kept = kind === 'first' ? pool.take(route.upstream, this.#handler) : undefined;
    this.#connection = kept ?? pool.connect(route.upstream, this.#handler, this.#onConnect);
    return kept !== undefined;
  }

  /** Notes that the head of the final response has come. */
  answered(): void {
    this.#answeredAfterMs = this.elapsedMs;
    this.#progressAfterMs = this.#answeredAfterMs;
  }

  /** Notes that the upstream is waited for anew: a part of its response has come, or was taken. */
  progressed(): void {
    this.#progressAfterMs = this.elapsedMs;
  }

  /** Ends the attempt and closes its connection. @returns its route. */
  giveUp(outcome: Outcome): Route | undefined {
    const route = this.#route;
    const connection = this.#connection;
    this.#clear();
    connection?.discard();
    route?.done(outcome);
    route?.closed();
    return route;
  }

  /**
   * Ends the attempt with a complete response.
   * @param isReusable true if the connection may carry another request, for `keptOpenMs` at most.
   * @param isSent true if everything that was read from the connection was sent on.
   */
  complete(
    outcome: Outcome,
    options: { isReusable: boolean; keptOpenMs: number; isSent: boolean },
  ): void {
    const route = this.#route;
    const connection = this.#connection;
    this.#clear();
    if (connection !== undefined) {
      connection.release(options.isSent);
      if (options.isReusable && !connection.io.isBacklogged) {
        this.#engine.pool.put(connection, options.keptOpenMs);
      } else connection.discard();
    }
    route?.done(outcome);
    route?.closed();
  }

  /**
   * Ends the attempt with a switch of protocols.
   * @returns its connection, the fields that its route adds, and the route, whose `closed` is left for
   * the caller to call.
   */
  handOver(
    outcomeAfter: (elapsedMs: number) => Outcome,
  ): Pick<AgreedSwitch, 'connection' | 'route' | 'added'> | undefined {
    const route = this.#route;
    const connection = this.#connection;
    const added = this.addedFields(101);
    this.#clear();
    if (route === undefined || connection === undefined) return undefined;
    route.done(outcomeAfter(this.elapsedMs));
    return { connection, route, added };
  }

  #clear(): void {
    this.#route = undefined;
    this.#connection = undefined;
  }
}
