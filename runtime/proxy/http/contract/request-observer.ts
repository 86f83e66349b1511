import type { Route } from './handler.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { RequestHead } from '../message/request-head.ts';

/** Start of a request, or of what was to be one. */
export interface SeenRequest {
  /** Valid during the call only. Undefined: the head never came whole. */
  readonly head: RequestHead | undefined;
  /** True if the head passed all checks, so that its Host is one. */
  readonly isValid: boolean;
  readonly isHttp2: boolean;
  /** Address of the peer. */
  readonly address: string;
  /** True if the peer is a proxy whose claims about the client are believed. */
  readonly isTrusted: boolean;
}

/** Watches requests, for an access log. Its calls are synchronous and must cost next to nothing. */
export interface RequestObserver {
  /** @returns the observer of one request; undefined: it is not observed. */
  seen(request: SeenRequest): ObservedRequest | undefined;
}

/** Watches one request. A later call of the same method replaces what the earlier one said. */
export interface ObservedRequest {
  /** An attempt to have it answered begins. */
  attempted(route: Route): void;
  /** The head of the answer was taken. */
  answered(status: number): void;
  /** A part of the answer's body was taken. */
  sent(bytes: number): void;
  /**
   * The answer is complete, or will never be. Called once.
   * @param cause why the server refused the request or cut its answer off, or that the client is gone.
   */
  ended(cause?: RefusalCause | 'client-gone'): void;
}
