import { BodyWriter, type BodyPart } from './body-writer.ts';
import type { Engine } from './engine.ts';
import type { AgreedSwitch } from './exchange-client.ts';
import type { ResponseSink } from './response-sink.ts';
import type { Reply } from '../contract/handler.ts';
import { chunked } from '../message/framing.ts';
import { httpDate } from '../message/http-date.ts';
import { refusalResponse, refusals, type RefusalCause } from '../message/refusal.ts';
import { replyText } from './reply-text.ts';
import type { RequestHead } from '../message/request-head.ts';
import { ResponseLog } from './response-log.ts';
import type { SocketIo } from '../socket/socket-io.ts';

/** Begins every response that the engine sends (RFC 9112 section 4). */
const responseStart = 'HTTP/1.1 ';

/** Properties of an answer that does not come from a member. */
interface AnswerHow {
  readonly close: boolean;
  /** True if it answers HEAD. */
  readonly head: boolean;
  /** Strict-Transport-Security: name and value, or nothing. */
  readonly hsts: readonly string[];
}

/** Response to a client that speaks HTTP/1.1. */
export class Http1Response implements ResponseSink {
  readonly log: ResponseLog;
  readonly #engine: Engine;
  readonly #io: SocketIo;
  readonly #body = new BodyWriter();
  #minorVersion: 0 | 1 = 1;
  #hasFinalHead = false;
  /** Head that was not sent yet: it is sent with the first part of the body. */
  #unsentHead = '';

  constructor(engine: Engine, io: SocketIo) {
    this.#engine = engine;
    this.#io = io;
    this.log = new ResponseLog(engine.observer, false);
  }

  get isBacklogged(): boolean {
    return this.#io.isBacklogged;
  }

  get usesBuffers(): boolean {
    return this.#io.usesBuffers;
  }

  get isHeadSent(): boolean {
    return this.#unsentHead === '';
  }

  start(request: RequestHead): void {
    this.#minorVersion = request.minorVersion;
  }

  reset(): void {
    this.#hasFinalHead = false;
    this.#unsentHead = '';
  }

  /** Sends the 1xx that was read to a client that can understand it (RFC 9110 section 15.2). */
  sendInterim(): void {
    if (this.#minorVersion === 0) return;
    this.#io.writeText(this.#engine.outgoingResponse.interimText());
  }

  begin(close: boolean, added: readonly string[]): void {
    const { outgoingResponse } = this.#engine;
    this.#hasFinalHead = true;
    this.#unsentHead = outgoingResponse.finalText(this.#minorVersion, close, added);
    this.#body.begin(outgoingResponse.sentFraming === chunked);
    this.log.answered(outgoingResponse.head.status);
  }

  send(bytes: Buffer, part: BodyPart): void {
    const head = this.#unsentHead;
    this.#unsentHead = '';
    this.#body.send(this.#io, head, bytes, part);
    this.log.sent(part);
  }

  /** Sends a refusal instead of the response. */
  refuse(cause: RefusalCause, how: AnswerHow & { retryAfterSeconds: number | undefined }): void {
    this.#io.writeText(refusalResponse(cause, { date: httpDate(), ...how }));
    this.log.replied(refusals[cause][0], cause);
  }

  /** Sends an answer of the handler instead of the response. */
  reply(reply: Reply, how: AnswerHow): void {
    this.#io.writeText(replyText(reply, how));
    this.log.replied(reply.status);
  }

  /** Sends the 101 that was read, then the bytes after it: they are of the new protocol. */
  sendSwitch({ added, bytes, start, end }: AgreedSwitch): void {
    this.#io.writeText(this.#engine.outgoingResponse.switchingText(added));
    if (end > start) this.#io.writeBytes(bytes, start, end);
    this.log.replied(101);
  }

  /** Breaks the response off, so that it cannot look complete (RFC 9112 section 8). */
  cutOff(cause: RefusalCause): void {
    this.#io.reset();
    this.log.end(cause);
  }

  /**
   * Sends a byte that changes nothing for a client that still waits: the next one of the start of
   * every response, or a leading zero of the next chunk's size (RFC 9112 section 7.1). In a body
   * with a length there is no such byte; its next part shows whether the client is there.
   */
  probe(): void {
    const io = this.#io;
    if (io.hasUnsent) return;
    if (!this.#hasFinalHead) io.writeAhead(responseStart.charAt(io.aheadLength));
    else if (this.#body.isSentInChunks) io.writeText('0');
  }
}
