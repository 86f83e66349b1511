import type { Handler, Reply, Route } from '../contract/handler.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import type { ResponseSink } from './response-sink.ts';

export interface RefusalOptions {
  /** True if the connection can carry another request. Default false. */
  readonly keep?: boolean;
  readonly retryAfterSeconds?: number;
}

/** Way by which the body of a request comes. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** Ends the message that was being read. @param isSent true if all of it was sent on. */
  endRead(isSent: boolean): void;
}

/** Upstream that has agreed to another protocol. */
export interface AgreedSwitch {
  readonly connection: UpstreamConnection;
  readonly route: Route;
  /** Fields that are added to the 101: name, value, name, value. */
  readonly added: readonly string[];
  /** Bytes of the new protocol that came with the 101: [start, end) of a buffer that is reused. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Client of an exchange: everything that an exchange knows of the connection it belongs to. */
export interface ExchangeClient {
  readonly body: BodySource;
  readonly response: ResponseSink;
  /** Strict-Transport-Security for the current answer: name and value, or nothing. */
  readonly hsts: readonly string[];
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
  /** Ends the exchange with the 101 that was read, and a tunnel to the upstream. */
  switchProtocols(agreed: AgreedSwitch): void;
}

/** Answers a request for which the handler has no route. @param keep true if another may follow. */
export function answerUnrouted(
  client: Pick<ExchangeClient, 'refuse' | 'reply'>,
  answer: Exclude<ReturnType<Handler['route']>, Route>,
  keep: boolean,
): void {
  if ('refusal' in answer) client.refuse(answer.refusal, { keep });
  else if ('reply' in answer) client.reply(answer.reply, keep);
  else client.refuse('no-origin', { keep, ...answer });
}
