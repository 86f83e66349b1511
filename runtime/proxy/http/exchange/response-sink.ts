import type { BodyPart } from './body-writer.ts';
import type { ResponseLog } from './response-log.ts';
import type { RequestHead } from '../message/request-head.ts';

/**
 * Way of a response to the client of an exchange, whatever protocol the client speaks. Heads are
 * taken from the engine's outgoing response, which holds the one that was just read.
 */
export interface ResponseSink {
  readonly log: ResponseLog;
  /** True if the upstream should stop until what waits was sent. */
  readonly isBacklogged: boolean;
  /** True if bytes wait to be sent in the buffers that they were read into. */
  readonly usesBuffers: boolean;
  /** True if no part of the final head waits to be sent. */
  readonly isHeadSent: boolean;
  /** Prepares for the response to a request. */
  start(request: RequestHead): void;
  /** Prepares for the response of a new attempt. */
  reset(): void;
  /** Sends a 1xx head other than 101. */
  sendInterim(): void;
  /**
   * Takes the final head; it is sent with the first part of the body.
   * @param close true if the client's connection is closed after the response.
   * @param added fields that are sent too: name, value, name, value.
   */
  begin(close: boolean, added: readonly string[]): void;
  /** Sends the head if it still waits, and a part of the body, whose payload stands in `bytes`. */
  send(bytes: Buffer, part: BodyPart): void;
}
