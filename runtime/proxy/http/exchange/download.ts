import type { Engine } from './engine.ts';
import type { Outcome } from '../contract/handler.ts';
import { FieldKind } from '../message/field-kind.ts';
import { BodyDecoder } from '../message/body-decoder.ts';
import { HeadReader } from '../message/head-reader.ts';
import type { RequestHead } from '../message/request-head.ts';
import type { ResponseSink } from './response-sink.ts';

const nothing = Buffer.alloc(0);

/** Result of {@link Download.readHead}. */
export type HeadFound = 'nothing-yet' | 'interim' | 'switching' | 'final' | 'malformed';

/** Sends a response to the client: interim heads, the final head, then its body as it arrives. */
export class Download {
  /** Position after the bytes that the last {@link readHead} has used. */
  next = 0;
  readonly #engine: Engine;
  readonly #head: HeadReader;
  readonly #response: ResponseSink;
  readonly #body = new BodyDecoder();
  #toHead = false;
  #status = 0;
  #calledFailure = false;
  #isPersistent = false;
  #keptOpenMs = Infinity;
  #hasInterim = false;

  constructor(engine: Engine, response: ResponseSink) {
    this.#engine = engine;
    this.#response = response;
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
    return this.#response.isHeadSent;
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
    this.#response.start(request);
  }

  /** Prepares for the response of a new attempt. */
  reset(): void {
    this.#hasInterim = false;
    this.#head.clear();
    this.#response.reset();
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

  /**
   * Takes the final head that was read; it is sent with the first part of the body.
   * @param close true if the client's connection is closed after the response.
   * @param added fields that are sent too: name, value, name, value.
   */
  begin(close: boolean, added: readonly string[]): void {
    const { outgoingResponse } = this.#engine;
    this.#isPersistent = outgoingResponse.isPersistent;
    this.#keptOpenMs = outgoingResponse.keepAliveMs;
    this.#body.start(outgoingResponse.framing);
    this.#response.begin(close, added);
  }

  /**
   * Sends the part of the body that stands in [start, end).
   * @returns the position after it, or `malformed`.
   */
  send(bytes: Buffer, start: number, end: number): number | 'malformed' {
    const body = this.#body;
    const consumed = body.isDone ? start : body.decode(bytes, start, end);
    if (typeof consumed === 'string') return 'malformed';
    this.#response.send(bytes, body);
    return consumed;
  }

  /** Handles the end of the upstream's connection. @returns true if the response is complete. */
  sendEnd(): boolean {
    if (!this.#body.endOfInput()) return false;
    this.#response.send(nothing, this.#body);
    return true;
  }
}
