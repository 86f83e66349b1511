/**
 * What the HTTP engine asks of whoever uses it. The engine knows messages, sockets and limits; it
 * does not know tracks, members or Redis. Every call is synchronous: a request never waits here.
 */
import type { RequestHead } from '../message/request-head.ts';

/** Where a request can be sent. One pool of idle connections is kept for each `key`. */
export interface Upstream {
  /** `host:port`; the pool's key. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** How one attempt to have a request answered ended. Told once for every {@link Route}. */
export type Outcome =
  /** The origin's final response arrived whole, or (tunnel) was accepted. */
  | { readonly kind: 'answered'; readonly status: number; readonly durationMs: number }
  /** The origin refused, broke off, was silent too long or spoke no HTTP. */
  | { readonly kind: 'upstream-fault'; readonly fault: UpstreamFault; readonly durationMs: number }
  /** The client went away, or its request broke a rule, before the answer was whole. */
  | { readonly kind: 'client-gone'; readonly durationMs: number };

export type UpstreamFault =
  /** No connection came about. */
  | 'connect'
  /** The connection broke before the answer was whole. */
  | 'reset'
  /**
   * A connection that had been kept open broke before any of the answer came: the origin may just
   * have closed it for being idle, which is no fault.
   */
  | 'stale'
  /** Nothing came, or nothing was taken, for too long. */
  | 'timeout'
  /** What came was no HTTP. */
  | 'malformed';

/** One attempt at one origin. */
export interface Route {
  readonly upstream: Upstream;
  /** Fields added to the final response, for example an affinity cookie: name, value, name, value. */
  readonly responseFields: readonly string[];
  /**
   * Where to try once more, undefined when nowhere: another origin, or the same one when the fault
   * was not its own. Called after `done` and `closed`, and only where a retry does no harm; the
   * second attempt is always made on a new connection.
   */
  retry(): Route | undefined;
  /** Called exactly once, when it is clear how this attempt ended. */
  done(outcome: Outcome): void;
  /**
   * Called exactly once, after `done`, when nothing of the attempt is left on the origin: at once,
   * or for an accepted upgrade when the tunnel has ended.
   */
  closed(): void;
}

/** No origin can be had: answered with 503 and Retry-After. */
export interface NoRoute {
  readonly retryAfterSeconds: number;
}

export interface Handler {
  /** @param request is good for the time of the call only. */
  route(request: RequestHead): Route | NoRoute;
}
