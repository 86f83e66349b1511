import type { Reply, Route } from '../contract/handler.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { SocketIo } from '../socket/socket-io.ts';

export interface RefusalOptions {
  /** True if the connection can carry another request. Default false. */
  readonly keep?: boolean;
  readonly retryAfterSeconds?: number;
}

/** Client of an exchange: everything that an exchange knows of the connection it belongs to. */
export interface ExchangeClient {
  /** Field line of Strict-Transport-Security for the current answer; '' for none. */
  readonly hsts: string;
  readonly io: SocketIo;
  /** Hands over the part of the request's body that arrived before the exchange could take it. */
  offerBody(): void;
  /** Ends the exchange with a complete response. @param keep true if another request may follow. */
  exchangeEnded(keep: boolean): void;
  /** Ends the exchange with a refusal, before any of the response was sent. */
  refuse(cause: RefusalCause, options?: RefusalOptions): void;
  /** Ends the exchange with an answer of the handler. @param keep true if another request may follow. */
  reply(reply: Reply, keep: boolean): void;
  /** Ends the exchange in the middle of the response, so that the response cannot look complete. */
  cutOff(cause: RefusalCause): void;
  /** Ends the exchange with a tunnel to an upstream that has agreed to another protocol. */
  switchProtocols(connection: UpstreamConnection, route: Route): void;
}
