/**
 * Contract between the HTTP engine and its user. The engine knows messages, sockets and limits; it
 * does not know tracks, members or Redis. Every call is synchronous: a request never waits here.
 */
import type { RequestHead } from '../message/request-head.ts';

/** Server that requests can be sent to. The engine keeps one pool of idle connections per `key`. */
export interface Upstream {
  /** `host:port`. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** Result of one attempt to have a request answered. Reported once for every {@link Route}. */
export type Outcome =
  /** The upstream's final response arrived completely, or it accepted an upgrade. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** True if the application itself called its answer a failure. */
      readonly calledFailure: boolean;
      readonly durationMs: number;
    }
  /** The upstream refused, broke off, was silent for too long or did not speak HTTP. */
  | { readonly kind: 'upstream-fault'; readonly fault: UpstreamFault; readonly durationMs: number }
  /**
   * The upstream could not be connected to by a fault of this machine, which has no descriptor, port
   * or memory left for it.
   */
  | { readonly kind: 'own-fault'; readonly durationMs: number }
  /**
   * The client went away while it waited for the upstream, which may have hung. The duration is the
   * client's wait: for the head, or in a body that has begun, the upstream's silence if that was
   * longer.
   */
  | { readonly kind: 'abandoned'; readonly durationMs: number }
  /**
   * The exchange ended early by no fault of the upstream: the client went away while it was to send
   * or to read, its request broke a rule, or the server was stopped.
   */
  | { readonly kind: 'client-gone'; readonly durationMs: number };

export type UpstreamFault =
  /** The connection could not be made. */
  | 'connect'
  /** The connection broke before the response was complete. */
  | 'reset'
  /**
   * A kept connection broke before any of the response came, and the request may be sent once more:
   * the upstream may just have closed it because it was idle, which is not a fault.
   */
  | 'stale'
  /** The upstream neither sent nor read anything for too long. */
  | 'timeout'
  /** The response broke the rules of HTTP. */
  | 'malformed';

/** One attempt at one upstream. */
export interface Route {
  readonly upstream: Upstream;
  /** Host that the request is forwarded with. Default: the client's. Read from the first route only. */
  readonly host?: string | undefined;
  /**
   * Returns fields to add to the final response, such as an affinity cookie: name, value, name,
   * value. Called when the head of the response has come and was not sent on.
   */
  responseFields(status: number): readonly string[];
  /**
   * Returns the route of another attempt, undefined for none: to another upstream, or to the same
   * one if it was not at fault. Called after `done` and `closed`, and only if a retry does no harm:
   * once, or twice if the connection of the first attempt was stale. The attempt is always made on a
   * new connection.
   */
  retry(): Route | undefined;
  /**
   * Returns the route of another attempt, whose response is sent in place of the one that has come.
   * Called with the status of that one before anything of it was sent, and only if it is an error and
   * the request is idempotent and has no body. Its `done` is called next. If the other attempt fails,
   * the client gets a 404. Default: the response is sent.
   */
  instead?(status: number): Route | undefined;
  /** Called exactly once, as soon as the outcome of the attempt is known. */
  done(outcome: Outcome): void;
  /**
   * Called exactly once, after `done`, when the upstream no longer works on the attempt: at once,
   * or after an accepted upgrade when the tunnel has ended.
   */
  closed(): void;
}

/** No upstream is available: the request is answered with 503 and Retry-After. */
export interface NoRoute {
  readonly retryAfterSeconds: number;
}

/** The request is for nobody here: it is answered with the status of the cause. */
export interface Misdirected {
  readonly refusal: 'host-unknown' | 'path-unknown' | 'certificate-unfit';
}

/** Answer that the handler itself gives. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  /** Fields besides those of every response: name, value, name, value. */
  readonly fields: readonly string[];
  /** Bytes as Latin-1, one character each; not sent to HEAD. */
  readonly body: string;
}

export interface Handler {
  /** @param request is valid during the call only. */
  route(request: RequestHead): Route | NoRoute | Misdirected | { readonly reply: Reply };
}
