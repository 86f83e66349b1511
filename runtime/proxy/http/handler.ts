/**
 * What the HTTP engine asks of whoever uses it. The engine knows messages, sockets and limits; it
 * does not know tracks, members or Redis. Every call is synchronous: a request never waits here.
 */
import type { RequestHead } from './request-head.ts';

/** Where a request can be sent. One pool of idle connections is kept for each `key`. */
export interface Origin {
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

export type UpstreamFault = 'connect' | 'reset' | 'timeout' | 'malformed';

/** One attempt at one origin. */
export interface Route {
  readonly origin: Origin;
  /** Fields added to the final response, for example an affinity cookie: name, value, name, value. */
  readonly responseFields: readonly string[];
  /** Another origin for the one retry, undefined when there is none. The first attempt's `done` was called before. */
  retry(): Route | undefined;
  /** Called exactly once, when this attempt is over. */
  done(outcome: Outcome): void;
}

/** No origin can be had: answered with 503 and Retry-After. */
export interface NoRoute {
  readonly retryAfterSeconds: number;
}

export interface Handler {
  route(request: RequestHead): Route | NoRoute;
}
