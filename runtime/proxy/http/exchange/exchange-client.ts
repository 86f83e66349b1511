import type { Route } from '../contract/handler.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { SocketIo } from '../socket/socket-io.ts';

export interface RefusalOptions {
  /** Whether the connection can carry another request. Default false. */
  readonly keep?: boolean;
  readonly retryAfterSeconds?: number;
}

/** The client's side of an exchange. */
export interface ExchangeClient {
  readonly io: SocketIo;
  /** When the exchange takes too long, by the engine's clock. */
  deadline: number;
  /** Hands the exchange what has come of the request's body and was not taken yet. */
  offerInput(): void;
  /** The exchange is over. `keep`: the connection can carry another one. */
  exchangeOver(keep: boolean): void;
  /** The exchange ended before any of the response was sent. */
  refuse(cause: RefusalCause, options?: RefusalOptions): void;
  /** The exchange ended in the middle of the response. */
  cutOff(cause: RefusalCause): void;
  /** The origin has agreed to another protocol. */
  switchProtocols(upstream: UpstreamConnection, route: Route): void;
}
