import { BodyRelay } from './body-relay.ts';
import type { Engine } from './engine.ts';
import type { Outcome } from '../contract/handler.ts';
import { FieldKind } from '../message/field-kind.ts';
import { chunked } from '../message/framing.ts';
import { HeadReader } from '../message/head-reader.ts';
import type { RequestHead } from '../message/request-head.ts';
import type { SocketIo } from '../socket/socket-io.ts';

/** Begins every response that the engine sends (RFC 9112 section 4). */
const responseStart = 'HTTP/1.1 ';

/** Result of {@link Download.readHead}. */
export type HeadFound = 'nothing-yet' | 'interim' | 'switching' | 'final' | 'malformed';

/** Sends a response to the client: interim heads, the final head, then its body as it arrives. */
export class Download {
  /** Position after the bytes that the last {@link readHead} has used. */
  next = 0;
  readonly #engine: Engine;
  readonly #head: HeadReader;
  readonly #body = new BodyRelay();
  #toHead = false;
  #minorVersion: 0 | 1 = 1;
  #status = 0;
  #calledFailure = false;
  #isPersistent = false;
  #keptOpenMs = Infinity;
  #hasInterim = false;
  #hasFinalHead = false;
  /** Head that was not sent yet: it is sent with the first part of the body. */
  #unsentHead = '';

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#head = new HeadReader(engine.outgoingResponse.head, engine.responseHeadLimits);
  }

  /** Outcome of a complete response. @param durationMs until its final head. */
  outcome(durationMs: number): Outcome {
    const status = this.#status;
    return { kind: 'answered', status, calledFailure: this.#calledFailure, durationMs };
  }

  /** Status of the final response, once its head has come. */
  get status(): number {
    return this.#status;
  }

  /** True if the upstream's connection can carry another request. */
  get isPersistent(): boolean {
    return this.#isPersistent;
  }

  /** Milliseconds for which the upstream keeps its connection open. */
  get keptOpenMs(): number {
    return this.#keptOpenMs;
  }

  /** True if any part of the response has come. */
  get isBegun(): boolean {
    return this.#hasInterim || this.#head.isPartial;
  }

  /** True if an interim response has come. */
  get hasInterim(): boolean {
    return this.#hasInterim;
  }

  /** True if no part of the final head waits to be sent. */
  get isHeadSent(): boolean {
    return this.#unsentHead === '';
  }

  get isDone(): boolean {
    return this.#body.isDone;
  }

  /** True if the 101 that was read names the new protocol (RFC 9110 section 7.8). */
  get isSwitchAgreed(): boolean {
    const { upgrades, head } = this.#engine.outgoingResponse;
    return upgrades && head.has(FieldKind.upgrade);
  }

  /** Prepares for the response to a request, whichever attempt brings it. */
  start(request: RequestHead): void {
    this.#toHead = request.method === 'HEAD';
    this.#minorVersion = request.minorVersion;
  }

  /** Prepares for the response of a new attempt. */
  reset(): void {
    this.#hasInterim = false;
    this.#hasFinalHead = false;
    this.#unsentHead = '';
    this.#head.clear();
  }

  /** Reads one head, or a part of one, from the bytes [start, end). */
  readHead(bytes: Buffer, start: number, end: number): HeadFound {
    const { outgoingResponse } = this.#engine;
    const { head } = outgoingResponse;
    const result = this.#head.read(bytes, start, end);
    this.next = this.#head.next;
    if (result === 'incomplete') return 'nothing-yet';
    if (result !== 'complete') return 'malformed';
    if (outgoingResponse.prepare(this.#toHead) !== undefined) return 'malformed';
    const { status } = head;
    if (status < 200 && status !== 101) {
      this.#hasInterim = true;
      return 'interim';
    }
    this.#status = status;
    this.#calledFailure = outgoingResponse.calledFailure;
    return status === 101 ? 'switching' : 'final';
  }

  /** Sends the 1xx that was read to a client that can understand it (RFC 9110 section 15.2). */
  sendInterim(io: SocketIo): void {
    if (this.#minorVersion === 0) return;
    io.writeText(this.#engine.outgoingResponse.interimText());
  }

  /** Sends the 101 that was read, then the bytes after it: they are of the new protocol. */
  sendSwitch(io: SocketIo, added: string, bytes: Buffer, end: number): void {
    io.writeText(this.#engine.outgoingResponse.switchingText(added));
    if (end > this.next) io.writeBytes(bytes, this.next, end);
  }

  /**
   * Takes the final head that was read; it is sent with the first part of the body.
   * @param close true if the client's connection is closed after the response.
   */
  begin(close: boolean, added: string): void {
    const { outgoingResponse } = this.#engine;
    this.#isPersistent = outgoingResponse.isPersistent;
    this.#keptOpenMs = outgoingResponse.keepAliveMs;
    this.#hasFinalHead = true;
    this.#unsentHead = outgoingResponse.finalText(this.#minorVersion, close, added);
    this.#body.begin(outgoingResponse.framing, outgoingResponse.sentFraming === chunked);
  }

  /**
   * Sends the part of the body that stands in [start, end).
   * @returns the position after it, or `malformed`.
   */
  send(io: SocketIo, bytes: Buffer, start: number, end: number): number | 'malformed' {
    const body = this.#body;
    const consumed = body.isDone ? start : body.decode(bytes, start, end);
    if (typeof consumed === 'string') return 'malformed';
    const head = this.#unsentHead;
    this.#unsentHead = '';
    body.send(io, head, bytes);
    return consumed;
  }

  /** Handles the end of the upstream's connection. @returns true if the response is complete. */
  sendEnd(io: SocketIo): boolean {
    return this.#body.sendEnd(io);
  }

  /**
   * Sends a byte that changes nothing for a client that still waits: the next one of the start of
   * every response, or a leading zero of the next chunk's size (RFC 9112 section 7.1). In a body
   * with a length there is no such byte; its next part shows whether the client is there.
   */
  probe(io: SocketIo): void {
    if (io.hasUnsent) return;
    if (!this.#hasFinalHead) io.writeAhead(responseStart.charAt(io.aheadLength));
    else if (this.#body.isSentInChunks) io.writeText('0');
  }
}
